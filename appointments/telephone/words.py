"""What the telephone line says and offers about a request. Other apps add theirs by the same hook.

Keys: 1 accepts an offered time, 2 withdraws, 3 asks to be called back, 4 says that one is late.
"""

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from appointments.models import Offer, Request
from appointments.services import call_backs, lateness, letters, wishes
from appointments.services.links import LATE_FROM
from appointments.services.refusals import Refused
from appointments.status_words import open_offer_of, status_sentence
from appointments.telephone.spoken import moment_aloud
from esachivalaya.common.clock import now
from esachivalaya.common.formats import chosen_language
from esachivalaya.common.registry import Spoken
from esachivalaya.common.states import Overtaken

_DIALLED = re.compile(r"\+91[1-9][0-9]{9}")


def of_request(kind: str, pk: int, caller: str) -> list[Spoken]:
    """Return where the request stands, and what its citizen can do about it by telephone."""
    if kind != letters.KIND:
        return []
    request = Request.objects.select_related("post").get(pk=pk)
    moment = now()
    offer = open_offer_of(request, moment)
    post = request.post.title_hi if chosen_language() == "hi" else request.post.title_en
    said = _("Your request to meet: %(post)s.") % {"post": post}
    found = [Spoken(f"{said} {status_sentence(request, offer, moment, moment_aloud)}")]
    if offer is not None:
        found.append(_to_accept(request, offer))
    found += _to_withdraw(request, moment) + _late(request, moment)
    if phone := (caller if _DIALLED.fullmatch(caller) else request.phone):
        words = _("To have the office call you back, press %(key)s.") % {"key": 3}
        found.append(Spoken(words, "3", partial(_call_back, request, phone)))
    return found


def _to_accept(request: Request, offer: Offer) -> Spoken:
    def act() -> str:
        wishes.accept_offer(offer=offer, by=None)
        told = {"when": moment_aloud(offer.starts_at)}
        return _("The meeting is confirmed for %(when)s.") % told

    words = _("To accept the offered time, press %(key)s.") % {"key": 1}
    return Spoken(words, "1", _in_words(act))


def _to_withdraw(request: Request, moment: datetime) -> list[Spoken]:
    begun = request.starts_at is not None and request.starts_at <= moment
    if not request.is_open or (begun and request.status == Request.Status.CONFIRMED):
        return []

    def act() -> str:
        wishes.withdraw(request=request, by=None, version=request.version)
        return _("It is withdrawn. Its time is free for others now.")

    if request.status == Request.Status.CONFIRMED:
        words = _("To cancel the meeting, press %(key)s.")
    else:
        words = _("To withdraw the request, press %(key)s.")
    sure = _("This cannot be undone. To go through with it, press %(key)s once more.")
    return [Spoken(words % {"key": 2}, "2", _in_words(act), sure % {"key": 2})]


def _late(request: Request, moment: datetime) -> list[Spoken]:
    if request.status != Request.Status.CONFIRMED or not (request.starts_at and request.ends_at):
        return []
    if request.late_at or not request.starts_at - LATE_FROM <= moment < request.ends_at:
        return []

    def act() -> str:
        lateness.say_late(request=request, by=None, version=request.version)
        return _("The office knows now that you are late.")

    words = _("To tell the office that you are late, press %(key)s.") % {"key": 4}
    return [Spoken(words, "4", _in_words(act))]


def _call_back(request: Request, phone: str) -> str:
    language = chosen_language(get_language())
    asked = call_backs.ask(request=request, phone=phone, language=language)
    told = {"digits": " ".join(asked.phone[-4:])}
    return _("The office will call the number that ends in %(digits)s.") % told


def _in_words(act: Callable[[], str]) -> Callable[[], str]:
    """Let a rule or somebody who was faster be told as words."""

    def spoken() -> str:
        try:
            return act()
        except Refused as refusal:
            return str(refusal.message)
        except Overtaken:
            return _("This has changed a moment ago, and nothing was done.")

    return spoken
