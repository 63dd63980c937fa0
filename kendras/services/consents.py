"""Agreeing to be acted for: a code that is read out, or a slip that stays on paper."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import Citizen, SignInCode, User
from esachivalaya.accounts.services import codes
from esachivalaya.accounts.services.codes import Checked
from esachivalaya.accounts.services.turns import wait_for_turn
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.words import ascii_digits, fold, tidy
from kendras.models import Consent, Kendra
from kendras.permissions import serves_at

COUNTER = SignInCode.Purpose.COUNTER
# A booking that could not be sent keeps its proof for this long: lines are down for hours.
PROOF_LASTS = timedelta(hours=12)
# A button pressed twice sends one code; a second SMS would make the first code wrong.
AGAIN_AFTER = timedelta(seconds=20)
USE_PROOF = """
UPDATE accounts_signincode SET subject = ''
 WHERE id = (
    SELECT id FROM accounts_signincode
     WHERE phone = %s AND purpose = %s AND subject = %s
       AND used_at > clock_timestamp() - make_interval(secs => %s)
     ORDER BY used_at DESC LIMIT 1 FOR UPDATE
 ) RETURNING used_at
"""


@dataclass(frozen=True)
class ConsentGiven:
    """How the person agreed: ``kind`` of :class:`Consent.Kind`, and what is on the paper slip."""

    kind: str
    serial_number: str = ""
    witness: str = ""


@transaction.atomic
def send_code(*, kendra: Kendra, by: User, phone: str, key: str, language: str) -> datetime:
    """Send the code of the booking ``key`` to ``phone``; return until when it is good.

    Guarantees: only an operator of ``kendra`` at this moment (PermissionDenied) sends one, at most
    90 an hour, and 3 in 15 minutes go to one number (``TooMany`` of the accounts); pressed twice it
    sends one.
    """
    if not serves_at(by, kendra):
        raise PermissionDenied
    # The turn that sending takes anyway: of two presses the second sees the first one's code.
    wait_for_turn(f"code:{phone}")
    last = (
        _codes(phone, key)
        .filter(used_at__isnull=True, made_at__gt=ClockTimestamp() - AGAIN_AFTER)
        .order_by("-id")
        .first()
    )
    if last is not None:
        return last.expires_at
    return codes.send_code(
        phone=phone,
        purpose=COUNTER,
        subject=subject_of(key),
        address=f"operator:{by.pk}",
        language=language,
    )


def check_code(*, phone: str, key: str, typed: str) -> Checked:
    """Say whether ``typed`` is the code of this booking; right once, it stays right for it.

    So the answer can be asked for again when it was lost on the way.
    """
    if proved(phone, key) is not None:
        return Checked(ok=True)
    return codes.check_code(phone=phone, purpose=COUNTER, subject=subject_of(key), typed=typed)


def proved(phone: str, key: str) -> datetime | None:
    """Return when the right code was read out for this booking, within 12 hours; else None."""
    lately = ClockTimestamp() - PROOF_LASTS
    found = _codes(phone, key).filter(used_at__gt=lately).order_by("-used_at").first()
    return found.used_at if found else None


def keep(
    *,
    kendra: Kendra,
    by: User,
    citizen: Citizen,
    given: ConsentGiven,
    phone: str,
    key: str,
    moment: datetime,
) -> Consent:
    """Keep the person's consent, inside the transaction that books; one for each booking.

    A code that was read out is used up by it, and a slip's number is used once at a Kendra.
    """
    consent = Consent(kendra=kendra, citizen=citizen, operator=by, kind=given.kind, given_at=moment)
    if given.kind == Consent.Kind.CODE:
        consent.phone = phone
        consent.proved_at = _use_proof(phone, key)
    else:
        consent.serial_number, consent.witness = _of_paper(given, citizen)
    try:
        with transaction.atomic():
            consent.save(force_insert=True)
    except IntegrityError as problem:
        if "consent_slip_once" in str(problem):
            raise slip_used() from problem
        raise
    return consent


def signed_slip(*, kendra: Kendra, citizen: Citizen, given: ConsentGiven) -> str:
    """Return a slip that was signed for another act than a booking, in words for its record.

    It stays sealed at the Kendra like the others; one that stands for a booking stands for nothing
    else. Raises :class:`Refused`.
    """
    serial_number, witness = _of_paper(given, citizen)
    if Consent.objects.filter(kendra=kendra, serial_number=serial_number).exists():
        raise slip_used()
    return f"{kendra.code}: {serial_number}, {witness}"


def slip_used() -> Refused:
    """Return the refusal of a slip that stands for something already."""
    return Refused(
        "slip_used",
        _("A slip with this serial number was used already."),
        field="serial_number",
    )


def subject_of(key: str) -> str:
    """Return what binds a code to the booking ``key``, whole where it is short enough."""
    return key if len(key) <= 40 else hashlib.sha256(key.encode()).hexdigest()[:40]


def _codes(phone: str, key: str) -> QuerySet[SignInCode]:
    return SignInCode.objects.filter(phone=phone, purpose=COUNTER, subject=subject_of(key))


def _use_proof(phone: str, key: str) -> datetime:
    """Use up the code that was read out, so that it stands for no second booking."""
    with connection.cursor() as cursor:
        cursor.execute(USE_PROOF, [phone, COUNTER, subject_of(key), PROOF_LASTS.total_seconds()])
        found = cursor.fetchone()
    if not phone or found is None:
        raise Refused(
            "consent_missing",
            _("The code from the SMS has not been read out yet. Please send it and write it here."),
            field="code",
        )
    proved_at: datetime = found[0]
    return proved_at


def _of_paper(given: ConsentGiven, citizen: Citizen) -> tuple[str, str]:
    """Return serial number and witness as they are kept."""
    serial_number = "".join(ascii_digits(tidy(given.serial_number)).upper().split())
    witness = tidy(given.witness)
    # Capitals may need more room than what was typed.
    longest = Consent._meta.get_field("serial_number").max_length or 0
    if not serial_number or len(serial_number) > longest:
        raise Refused(
            "slip_number",
            _("Write the serial number that is printed on the slip."),
            field="serial_number",
        )
    if not witness or fold(witness) == fold(citizen.name):
        raise Refused(
            "slip_witness",
            _("Write who saw the slip signed: somebody else than the person."),
            field="witness",
        )
    return serial_number, witness
