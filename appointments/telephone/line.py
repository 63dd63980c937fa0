"""One call, turn by turn: language, phone code, PIN, then what stands and what can be done.

The provider asks what to say by calling us; where a call stands is in its own row, found by the
provider's id of the call. Each answer names the turn that its keys belong to: a call that is asked
again (the provider repeats itself) hears the same words and does nothing twice.
"""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import translation
from django.utils.translation import gettext as _

from appointments import phone_codes
from appointments.models import PhoneCall, Request
from appointments.services import letters
from appointments.services.pins import check_pin
from appointments.services.refusals import Refused
from appointments.telephone import spoken
from esachivalaya.common import registry
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.registry import Spoken
from esachivalaya.common.retry import on_deadlock

Step = PhoneCall.Step
# Wrong codes or PINs in one call; from one number in an hour; from withheld numbers together.
MOST_WRONG, MOST_WRONG_OF_NUMBER, MOST_WRONG_WITHHELD = 3, 9, 60
MOST_SILENT = 3
# A call nobody answered in for so long begins anew; its row is removed after a day.
KEPT = timedelta(days=1)
REPEAT, OTHER_LANGUAGE = "9", "0"


@on_deadlock
@transaction.atomic
def hear(*, call_id: str, caller: str, keys: str, turn: int | None) -> str:
    """Return what is said next in the call ``call_id`` after ``keys``, as TwiML.

    ``turn`` None is how a call begins. Everything that is done is done by the services that the
    pages use, in this transaction; asking again for the same turn does nothing.
    """
    PhoneCall.objects.bulk_create(
        [PhoneCall(call_id=call_id, caller=caller)], ignore_conflicts=True
    )
    call = PhoneCall.objects.select_for_update().get(call_id=call_id)
    if call.answer and (turn != call.turn or call.step == Step.ENDED):
        return call.answer
    with translation.override(call.language):
        if not call.answer:
            call.answer = _greet(call)
        elif not keys:
            call.answer = _silence(call)
        else:
            call.silent = 0
            call.answer = _STEPS[Step(call.step)](call, keys)
    call.save()
    return call.answer


def remove_old() -> int:
    """Remove the rows of calls that are over; return how many."""
    old = PhoneCall.objects.filter(began_at__lt=ClockTimestamp() - KEPT)
    removed, _by_model = old.delete()
    return removed


def _greet(call: PhoneCall) -> str:
    if _too_many_wrong(call):
        return _end(call, _("Many wrong tries came from your number. Please call in an hour."))
    return _ask_language(call)


def _too_many_wrong(call: PhoneCall) -> bool:
    """Whether this number guesses; withheld numbers are counted as one."""
    lately = PhoneCall.objects.filter(
        caller=call.caller, began_at__gt=ClockTimestamp() - timedelta(hours=1)
    )
    wrong = lately.aggregate(sum=Sum("wrong"))["sum"] or 0
    return wrong >= (MOST_WRONG_OF_NUMBER if call.caller else MOST_WRONG_WITHHELD)


def _ask_language(call: PhoneCall) -> str:
    words = []
    for language, key in (("hi", 1), ("en", 2)):
        with translation.override(language):
            state = settings.STATE_NAME_HI if language == "hi" else settings.STATE_NAME_EN
            told = {"state": state, "key": key}
            text = _("e-Sachivalaya, %(state)s. For English press %(key)s.") % told
        words.append((language, text))
    call.turn += 1
    return spoken.asking(words, turn=call.turn, keys=1)


def _language(call: PhoneCall, keys: str) -> str:
    if keys not in {"1", "2"}:
        return _ask_language(call)
    call.language = "hi" if keys == "1" else "en"
    call.step = Step.CODE
    with translation.override(call.language):
        return _ask_code(call)


def _ask_code(call: PhoneCall, *before: str) -> str:
    words = _("Key in the nine digits of the phone code. It stands beside the PIN on your slip.")
    return _ask(call, *before, words, keys=phone_codes.LENGTH)


def _ask_pin(call: PhoneCall) -> str:
    return _ask(call, _("Now key in the six digits of the PIN."), keys=6)


def _code(call: PhoneCall, keys: str) -> str:
    if phone_codes.request_number(keys) is None:
        return _wrong(call, _("This is not a phone code; one key may have been wrong."))
    call.code, call.step = keys, Step.PIN
    return _ask_pin(call)


def _pin(call: PhoneCall, keys: str) -> str:
    """Open the request, or say the same for a code nobody has, a wrong PIN and one that rests."""
    number = phone_codes.request_number(call.code) or 0
    row = Request.objects.filter(pk=number).first()
    if row is None or not _opens(row, keys):
        call.step = Step.CODE
        return _wrong(
            call,
            _(
                "This phone code and this PIN do not belong together. "
                "After five wrong tries a code rests for half an hour."
            ),
        )
    call.request, call.step = row, Step.MENU
    return _menu(call)


def _opens(row: Request, keys: str) -> bool:
    try:
        return check_pin(row, keys)
    except Refused:
        return False


def _wrong(call: PhoneCall, words: str) -> str:
    call.wrong += 1
    # Written at once: calls side by side are counted together.
    PhoneCall.objects.filter(pk=call.pk).update(wrong=call.wrong)
    if call.wrong >= MOST_WRONG or _too_many_wrong(call):
        return _end(call, words, _("Any Kendra can help you with your reference. Goodbye."))
    return _ask_code(call, words)


def _chosen(call: PhoneCall, keys: str) -> str:
    if keys == OTHER_LANGUAGE:
        call.language = "en" if call.language == "hi" else "hi"
        with translation.override(call.language):
            return _menu(call)
    item = _item(call, keys)
    if item is None or item.act is None:
        return _menu(call)
    if _has_changed(call):
        return _menu(call, _("This has changed since you heard it. It stands so now."))
    if item.sure:
        call.step, call.pressed = Step.SURE, keys
        return _ask(call, item.sure, keys=1)
    return _menu(call, item.act())


def _once_more(call: PhoneCall, keys: str) -> str:
    item = _item(call, call.pressed)
    if keys == REPEAT and item is not None:
        return _ask(call, item.sure, keys=1)
    pressed, call.pressed, call.step = call.pressed, "", Step.MENU
    if item is None or item.act is None or _has_changed(call):
        return _menu(call, _("This has changed since you heard it. It stands so now."))
    if keys != pressed:
        return _menu(call, _("Nothing was changed."))
    return _menu(call, item.act())


def _menu(call: PhoneCall, *before: str) -> str:
    """Say what stands and what each key does, and remember which version that was."""
    assert call.request_id is not None
    call.version = _version(call)
    items = _items(call)
    news = [item.words for item in items if not item.key]
    keys = [item.words for item in items if item.key]
    own = [
        _("To hear it again, press %(key)s.") % {"key": REPEAT},
        _("For Hindi, press %(key)s.") % {"key": OTHER_LANGUAGE},
    ]
    return _ask(call, *before, *news, *keys, *own, keys=1)


def _items(call: PhoneCall) -> list[Spoken]:
    assert call.request_id is not None
    told = registry.telephone(letters.KIND, call.request_id, call.caller)
    taken = {REPEAT, OTHER_LANGUAGE}
    found = []
    for item in (one for items in told for one in items):
        if item.key in taken:
            continue
        if item.key:
            taken.add(item.key)
        found.append(item)
    return found


def _item(call: PhoneCall, key: str) -> Spoken | None:
    return next((item for item in _items(call) if item.key and item.key == key), None)


def _version(call: PhoneCall) -> int:
    assert call.request_id is not None
    return Request.objects.values_list("version", flat=True).get(pk=call.request_id)


def _has_changed(call: PhoneCall) -> bool:
    return _version(call) != call.version


def _silence(call: PhoneCall) -> str:
    """Say the last thing again, a few times; then the line is free for others."""
    call.silent += 1
    if call.silent >= MOST_SILENT:
        return _end(call, _("No key was pressed. Goodbye."))
    return _AGAIN[Step(call.step)](call)


def _again_when_sure(call: PhoneCall) -> str:
    item = _item(call, call.pressed)
    return _ask(call, item.sure, keys=1) if item is not None else _menu(call)


def _ask(call: PhoneCall, *words: str, keys: int) -> str:
    call.turn += 1
    said = [(call.language, text) for text in words]
    return spoken.asking(said, turn=call.turn, keys=keys)


def _end(call: PhoneCall, *words: str) -> str:
    call.step = Step.ENDED
    return spoken.ending([(call.language, text) for text in words])


_STEPS: dict[PhoneCall.Step, Callable[[PhoneCall, str], str]] = {
    Step.LANGUAGE: _language,
    Step.CODE: _code,
    Step.PIN: _pin,
    Step.MENU: _chosen,
    Step.SURE: _once_more,
}
_AGAIN: dict[PhoneCall.Step, Callable[[PhoneCall], str]] = {
    Step.LANGUAGE: _ask_language,
    Step.CODE: _ask_code,
    Step.PIN: _ask_pin,
    Step.MENU: _menu,
    Step.SURE: _again_when_sure,
}
