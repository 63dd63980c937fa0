"""Six-digit codes on a phone: to sign in, and to open one request without signing in."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from esachivalaya.accounts.client_address import digest_of_address, digest_of_wider_network
from esachivalaya.accounts.models import SignInCode
from esachivalaya.accounts.services import cost
from esachivalaya.accounts.services.refusals import TooMany
from esachivalaya.accounts.services.turns import wait_for_turn
from esachivalaya.common import clock
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.formats import grouped_reference
from esachivalaya.common.idempotency import AlreadySent, claim
from esachivalaya.common.words import ascii_digits
from esachivalaya.notifications.services import Letter, Recipient, post

GOOD_FOR = timedelta(minutes=10)
# How long the limits look back; older rows serve nobody.
KEPT_FOR = timedelta(days=2)
# (how many, in what time): domain/messages.md leaves the numbers to us.
PER_PHONE = ((3, timedelta(minutes=15)), (10, timedelta(days=1)))
PER_ADDRESS = ((20, timedelta(hours=1)),)
# One customer of a provider can have 65,536 of the IPv6 networks that count as an address.
PER_WIDER_NETWORK = ((500, timedelta(hours=1)),)
# A counter asks for many, one booking after another; here the operator stands for the address.
PER_OPERATOR = ((90, timedelta(hours=1)),)
# Whoever makes the portal pay for SMS (OTP pumping) takes numbers of one series, one after another:
# of all codes of an hour this part may go to one.
PART_OF_A_SERIES = 10
SERIES_DIGITS = len("+9198000")
_TEMPLATES = {
    SignInCode.Purpose.SIGN_IN: "sign_in_code",
    SignInCode.Purpose.TRACK: "track_code",
    SignInCode.Purpose.NUMBER: "number_code",
    SignInCode.Purpose.SEAT: "seat_code",
    SignInCode.Purpose.COUNTER: "counter_code",
    SignInCode.Purpose.DONOR: "plasma_code",
}
_PHONE_LIMIT = _("Several codes were sent to this number already.")
_ADDRESS_LIMIT = _("Many codes were asked for from your connection.")
_OPERATOR_LIMIT = _("Many codes were sent from this counter.")
_OVERALL_LIMIT = _("Very many people are signing in at the moment.")


@dataclass(frozen=True)
class Checked:
    """What came of a typed code; true only when it was right.

    ``reason`` is "" (right), "wrong" (``tries_left`` more are allowed) or "over" (nothing more
    can be done with this code: used, expired, out of tries, or never sent).
    """

    ok: bool
    reason: str = ""
    tries_left: int = 0

    def __bool__(self) -> bool:
        return self.ok


@transaction.atomic
def send_code(
    *,
    phone: str,
    purpose: str,
    subject: str = "",
    address: str,
    language: str,
    key: str = "",
    at_counter: bool = False,
    known: bool = False,
) -> datetime:
    """Send a code to ``phone`` (E.164) and return until when it is good.

    The code goes out by the outbox in this transaction; here only its keyed digest is stored. It
    replaces earlier codes of the same phone, purpose and subject. Nothing is looked up about the
    phone: a number that is known and one that is not are treated alike. ``subject`` binds the code
    to one thing (a reference), ``address`` is the asker's network address (of a Kendra's counter:
    who its operator is), ``key`` the idempotency key of the form: sent twice, it sends one code.

    Over a limit :class:`TooMany` is raised and nothing is sent. The limits are counted in the
    database, so that they hold when Redis is down: 3 in 15 minutes and 10 in a day per phone,
    whatever they are for; 20 in an hour per address, and 500 per wider network of IPv6; two thirds
    of CODES_PER_HOUR and CODES_PER_DAY in all, and a tenth of that hour's to numbers of one series
    (these within the few that may be under way at the same moment). ``known``, when this number
    signed in with the asking browser before, all of both is there for it and the wider network does
    not count: no strangers use up what is kept for it. ``at_counter``, as for every code of a
    booking there, it is 90 in an hour per operator, whatever all others ask for: one address stands
    for many people, and a queue in 6,000 villages is no attack.
    """
    address_digest = digest_of_address(address)
    network_digest = digest_of_wider_network(address)
    # Counting and adding would otherwise race past the limits. Phone before address before wider
    # network, always.
    wait_for_turn(f"code:{phone}")
    wait_for_turn(f"code:{address_digest}")
    if network_digest:
        wait_for_turn(f"code:{network_digest}")
    now = clock.now()
    if key:
        try:
            claim(
                principal=f"phone:{_digest(phone)[:40]}",
                form=f"code:{purpose}",
                key=key,
                digest=_digest(subject),
            )
        except AlreadySent:
            return now + GOOD_FOR
    codes = SignInCode.objects.all()
    _hold(codes.filter(phone=phone), PER_PHONE, now, _PHONE_LIMIT)
    asked_here = codes.filter(address_digest=address_digest)
    if at_counter or purpose == SignInCode.Purpose.COUNTER:
        _hold(asked_here, PER_OPERATOR, now, _OPERATOR_LIMIT)
    else:
        _hold(asked_here, PER_ADDRESS, now, _ADDRESS_LIMIT)
        if network_digest and not known:
            around = codes.filter(network_digest=network_digest)
            _hold(around, PER_WIDER_NETWORK, now, _ADDRESS_LIMIT)
        hour = timedelta(hours=1)
        most = cost.most_of(settings.CODES_PER_HOUR, known=known)
        series = _of_the_public().filter(phone__startswith=phone[:SERIES_DIGITS])
        _hold(series, ((max(1, most // PART_OF_A_SERIES), hour),), now, _OVERALL_LIMIT)
        _hold(_of_the_public(), ((most, hour),), now, _OVERALL_LIMIT)
        cost.hold_for_today(now, known=known)
    code = f"{secrets.randbelow(1_000_000):06}"
    row = SignInCode.objects.create(
        phone=phone,
        purpose=purpose,
        subject=subject,
        code_hash=_code_hash(phone, purpose, subject, code),
        address_digest=address_digest,
        network_digest=network_digest,
        expires_at=now + GOOD_FOR,
    )
    post(
        [
            Letter(
                event=f"code:{row.pk}",
                template=_TEMPLATES[SignInCode.Purpose(purpose)],
                to=Recipient(phone=phone, language=language),
                values={"code": code, **_told(purpose, subject)},
                expires_at=row.expires_at,
            )
        ]
    )
    return row.expires_at


def check_code(*, phone: str, purpose: str, subject: str = "", typed: str) -> Checked:
    """Say whether ``typed`` is the code that was last sent; a right one is used up by that.

    A try is taken before the comparison, by one conditional UPDATE, so five tries are five however
    many come at once; of two that bring the right code at the same moment, one succeeds. Not to be
    called inside a transaction that may be rolled back: the try would come back with it. Something
    that is not six digits costs no try.
    """
    digits = "".join(c for c in ascii_digits(typed[:64]) if c.isascii() and c.isdigit())
    row = (
        SignInCode.objects.filter(phone=phone, purpose=purpose, subject=subject)
        .order_by("-id")
        .first()
    )
    if row is None:
        return Checked(ok=False, reason="over")
    if len(digits) != 6:
        return Checked(ok=False, reason="wrong", tries_left=row.tries_left)
    live = SignInCode.objects.filter(pk=row.pk, used_at__isnull=True)
    tried = live.filter(tries_left__gt=0, expires_at__gt=ClockTimestamp())
    if tried.update(tries_left=F("tries_left") - 1) != 1:
        return Checked(ok=False, reason="over")
    right = constant_time_compare(row.code_hash, _code_hash(phone, purpose, subject, digits))
    if right and live.update(used_at=ClockTimestamp()) == 1:
        return Checked(ok=True)
    left = live.values_list("tries_left", flat=True).first() or 0
    return Checked(ok=False, reason="wrong" if left else "over", tries_left=left)


def _of_the_public() -> QuerySet[SignInCode]:
    """Codes that anybody can have sent: all but those of a counter."""
    return SignInCode.objects.exclude(purpose=SignInCode.Purpose.COUNTER)


def remove_old_codes() -> int:
    """Remove codes that no limit looks at any more, for the hourly sweep."""
    removed, _by_model = SignInCode.objects.filter(made_at__lt=clock.now() - KEPT_FOR).delete()
    return removed


def _hold(
    codes: QuerySet[SignInCode],
    limits: tuple[tuple[int, timedelta], ...],
    now: datetime,
    words: str | Promise,
) -> None:
    """Raise :class:`TooMany` when ``codes`` has reached one of ``limits``."""
    for most, span in limits:
        nth = (
            codes.filter(made_at__gt=now - span)
            .order_by("-made_at")
            .values_list("made_at", flat=True)[most - 1 : most]
        )
        for made_at in nth:
            raise TooMany(f"{most} in {span}", words, until=made_at + span)


def _told(purpose: str, subject: str) -> dict[str, str]:
    """Return what the SMS says beside the code: of a request's code, which request it opens."""
    return {"ref": grouped_reference(subject)} if purpose == SignInCode.Purpose.TRACK else {}


def _digest(text: str) -> str:
    return salted_hmac("accounts.phone", text, algorithm="sha256").hexdigest()


def _code_hash(phone: str, purpose: str, subject: str, code: str) -> str:
    return salted_hmac(
        "accounts.code", f"{phone}|{purpose}|{subject}|{code}", algorithm="sha256"
    ).hexdigest()
