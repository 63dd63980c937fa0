"""People who come by themselves, with a code on their phone, and those who come back that way.

Source: domain rules of plasma, "Volunteer", 3 and 4. The same ledger and the same slots as for
those who were asked; who is known already stays the same donor.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.accounts.services.turns import wait_for_turn
from esachivalaya.audit.services import record
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.idempotency import AlreadySent, KeyMisused, claim
from esachivalaya.common.models import SentForm
from esachivalaya.common.phonetics import sounds
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.words import fold
from esachivalaya.notifications import numbers
from esachivalaya.notifications.models import Channel, OptOut
from officials.models import District
from plasma.identity import MOST_ON_A_NUMBER, given_name_of
from plasma.models import Cohort, ConsentEntry, Donor, DonorPhone
from plasma.services import consents

Purpose, How = ConsentEntry.Purpose, ConsentEntry.How
_TRIED = _("Five years of birth were tried for this number today. Please come tomorrow.")
# Of wrong years in a day, for one number.
TRIES = 5
KEPT_FOR = timedelta(days=730)


@dataclass(frozen=True)
class About:
    """What a person says about themselves."""

    name: str
    year_of_birth: int
    district: District | None
    blood_group: str = ""
    language: str = "hi"


@on_deadlock
@transaction.atomic
def come(
    *,
    phone: str,
    about: About,
    may_ask: bool,
    how: str = How.VOLUNTEER,
    by: User | None = None,
    proved: bool = True,
) -> Donor:
    """Return the donor who came: the one known under that number, name and year, or a new one.

    Guarantees: on one number two people stay two, and nobody becomes two by coming twice at once.
    They agree that what they wrote is kept and shown to the bank they choose; with ``may_ask`` also
    to be asked again, which ends an earlier wish to be left alone, theirs alone: a number for which
    STOP was written takes appeals again only when nobody else has it. ``proved``: a code was read
    on the phone. Without that, as at a bank's desk, nobody's wish to be left alone is ended: it may
    be anybody who gives this name. A name that is known here with another year costs one of the
    day's tries, as a guessed year does.
    """
    wait_for_turn(f"donor:{phone}")
    theirs = list(_on(phone))
    moment = now()
    donor = next((row for row in theirs if _same(row, about)), None)
    if donor is None:
        if len(theirs) >= MOST_ON_A_NUMBER:
            raise Refused(
                "many_people",
                _("Very many people gave this number already. Please give another one."),
            )
        if any(_same_name(row, about) for row in theirs) and _take_try(phone, moment) is None:
            raise Refused("tries", _TRIED)
        donor = Donor.objects.create(
            name=about.name,
            given_name=given_name_of(about.name),
            language=about.language,
            year_of_birth=about.year_of_birth,
            district=about.district,
            blood_group=about.blood_group,
        )
        DonorPhone.objects.create(donor=donor, phone=phone, proved_at=moment if proved else None)
        record(donor, "donor_came", at=moment, by=by, data={"how": how}, new=True)
    else:
        donor = Donor.objects.select_for_update(no_key=True).get(pk=donor.pk)
        _complete(donor, about)
        if proved:
            donor.phones.filter(phone=phone).update(proved_at=moment)
        record(donor, "donor_came_back", at=moment, by=by, data={"how": how})
    donor.cohorts.add(_volunteers())
    consents.give(donor, Purpose.DONATION, how, by)
    if may_ask and (proved or (donor.stopped_at is None and not _refuses(phone))):
        consents.give(donor, Purpose.APPEALS, how, by)
        if proved and not any(row.pk != donor.pk for row in theirs):
            numbers.opt_in(channel=Channel.SMS, address=phone)
    return donor


def come_back(*, phone: str, year: int) -> Donor | None:
    """Return the one donor on a proved ``phone`` who was born in ``year``, else None.

    Five tries in a day for one number, counted in the database before anything is compared:
    :class:`Refused` after them. Not to be called inside a transaction that may be rolled back.
    """
    tried = _take_try(phone, now())
    if tried is None:
        raise Refused("tries", _TRIED)
    found = [
        row
        for row in _on(phone)
        if constant_time_compare(f"{row.year_of_birth or 0:04}", f"{year:04}")
    ]
    if len(found) != 1:
        return None
    SentForm.objects.filter(pk=tried).delete()
    return found[0]


def _take_try(phone: str, moment: datetime) -> int | None:
    """Use up one of the day's tries, whatever becomes of it; None when all are used."""
    day = day_of(moment)
    who = salted_hmac("plasma.year", phone, algorithm="sha256").hexdigest()[:40]
    for number in range(TRIES):
        try:
            with transaction.atomic():
                return claim(
                    principal=f"phone:{who}", form=f"year:{day}", key=f"try-{number}", digest=""
                ).pk
        except (AlreadySent, KeyMisused):
            continue
    return None


def _on(phone: str) -> Iterable[Donor]:
    own = DonorPhone.objects.filter(phone=phone, wrong_at__isnull=True)
    living = Donor.objects.living().filter(pk__in=own.values("donor_id"))
    return living.select_related("district").order_by("pk")


def _refuses(phone: str) -> bool:
    return OptOut.objects.filter(channel=Channel.SMS, address=phone).exists()


def _same(donor: Donor, about: About) -> bool:
    """Whether the year is the same, and the given name in spelling, or in sound across scripts."""
    return donor.year_of_birth == about.year_of_birth and _same_name(donor, about)


def _same_name(donor: Donor, about: About) -> bool:
    """Whether it is one given name: Suman and सुमन are; Amit and Amita, born together, are two.

    Sound gives up what tells a brother's name from his sister's, so it counts between two scripts
    only, and only where both end in the vowel or neither does.
    """
    one, other = donor.given_name, given_name_of(about.name)
    if fold(one) == fold(other):
        return True
    if one.isascii() == other.isascii():
        return False
    return sounds(one) == sounds(other) and _ends_in_a(one) == _ends_in_a(other)


def _ends_in_a(name: str) -> bool:
    return name.lower().endswith(("a", "ा"))


def _complete(donor: Donor, about: About) -> None:
    """Fill in what was not known; what is known stays."""
    if donor.district is None:
        donor.district = about.district
    if not donor.blood_group:
        donor.blood_group = about.blood_group
    donor.save(update_fields=["district", "blood_group"])


def _volunteers() -> Cohort:
    today = day_of(now())
    return Cohort.objects.get_or_create(
        kind=Cohort.Kind.VOLUNTEERS,
        defaults={
            "name": "Volunteers",
            "source": "Came by themselves",
            "legal_basis": "Consent",
            "dated": today,
            "data_leave_on": today + KEPT_FOR,
        },
    )[0]
