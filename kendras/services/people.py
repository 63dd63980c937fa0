"""Who stands at the counter: the people behind a number, and walk-ins who have none."""

import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import Citizen, Household, User
from esachivalaya.accounts.services import households
from esachivalaya.accounts.services.guardians import Guardian
from esachivalaya.accounts.services.turns import wait_for_turn
from esachivalaya.audit.services import record
from esachivalaya.common.clock import day_bounds, day_of, now
from esachivalaya.common.words import fold
from kendras.models import AssistedBooking, Kendra, Lookup
from kendras.permissions import serves_at

LOOKUPS_A_DAY = 200
# Whoever looks at the same number again so soon is still at the same walk-in.
SAME_LOOK = timedelta(minutes=30)


@dataclass(frozen=True)
class PersonGiven:
    """Who it is: somebody known (``citizen_id``), or a new person by name.

    ``phone`` is the number at the counter in E.164, "" for a walk-in who has none.
    """

    citizen_id: int | None
    name: str = ""
    given_name: str = ""
    family_id: str = ""
    phone: str = ""
    # Of somebody under 18: the year, and the parent or guardian who stands at the counter.
    year_of_birth: int | None = None
    guardian: Guardian | None = None


@dataclass(frozen=True)
class KnownPerson:
    """Somebody to choose. ``shown`` is the full name only where this Kendra knows it already."""

    citizen_id: int
    shown: str
    full: bool


@transaction.atomic
def people_behind(*, kendra: Kendra, by: User, phone: str) -> list[KnownPerson]:
    """Return the people behind ``phone`` (E.164), in the order in which they were added.

    Whoever this Kendra has booked for is shown by full name, everybody else as "Asha D.". Every
    look is counted and kept; over 200 numbers a day :class:`Refused` is raised.
    """
    _count_lookup(kendra, by, phone)
    return _shown(kendra, _behind(phone))


@transaction.atomic
def people_by_family_id(*, kendra: Kendra, by: User, family_id: str) -> list[KnownPerson]:
    """Return the people with this Family ID among households that have no number; as above.

    Only such households: with a number one is found by the number alone.
    """
    if not family_id:
        return []
    _count_lookup(kendra, by, family_id)
    return _shown(kendra, _without_phone(family_id))


def person_for(*, kendra: Kendra, by: User, given: PersonGiven, key: str) -> Citizen:
    """Return the person of a booking, made if new, inside the transaction that books.

    Guarantees: a known person is only one who is found by the number or the Family ID at the
    counter, so that no number of a row opens a stranger. A new person goes into the household of
    the number (made without sign-in if nobody has it), without a number into the one of the Family
    ID or a new one. Whether the number counts as proved: :func:`number_proved`.
    """
    if given.citizen_id is not None:
        return _known(given)
    if not given.phone:
        return _without_number(kendra, by, given, key)
    household = _household_of(given.phone, by)
    silent = household.phone_seen_at is not None and households.phone_needs_proof(household)
    if silent:
        # The number may be somebody else's by now: they would be put among strangers, whose
        # appointments they could then open by their own name.
        raise Refused(
            "number_silent",
            _(
                "This number was not used for long and may have changed hands. Please choose the "
                "person from the list, or book without a number."
            ),
            field="phone",
        )
    return _added(kendra, by, household, given, key)


def number_proved(citizen: Citizen) -> None:
    """Note that the number of the person's household was proved, if nothing more is asked of it.

    A number that was silent for long is proved by a name as well, at the next sign-in.
    """
    household = citizen.household
    if household.phone_seen_at is None or not households.phone_needs_proof(household):
        households.phone_proved(household)


def shown_name(citizen: Citizen) -> str:
    """Return "Asha D." for Asha Devi: the given name and the first letter of the last one."""
    given = citizen.given_name
    rest = [word for word in citizen.name.split() if fold(word) not in fold(given).split()]
    return f"{given} {_first_letter(rest[-1])}." if rest else given


def _first_letter(word: str) -> str:
    """The first letter with the signs that belong to it: "दे" of "देवी"."""
    end = 1
    while end < len(word) and unicodedata.category(word[end]) in {"Mn", "Mc"}:
        end += 1
    return word[:end]


def _shown(kendra: Kendra, people: QuerySet[Citizen]) -> list[KnownPerson]:
    booked_here = AssistedBooking.objects.filter(kendra=kendra, citizen=OuterRef("pk"))
    found = people.annotate(known_here=Exists(booked_here)).order_by("pk")[: households.MOST_PEOPLE]
    return [
        KnownPerson(one.pk, one.name if one.known_here else shown_name(one), one.known_here)
        for one in found
    ]


def _count_lookup(kendra: Kendra, by: User, asked: str) -> None:
    if not serves_at(by, kendra):
        raise PermissionDenied
    digest = salted_hmac("kendras.lookup", asked, algorithm="sha256").hexdigest()
    # Counting and adding would otherwise race past the limit.
    wait_for_turn(f"lookup:{by.pk}")
    moment = now()
    mine = Lookup.objects.filter(operator=by)
    if mine.filter(kendra=kendra, phone_digest=digest, at__gt=moment - SAME_LOOK).exists():
        return
    start, tomorrow = day_bounds(day_of(moment))
    if mine.filter(at__gte=start).count() >= LOOKUPS_A_DAY:
        raise Refused(
            "lookup_cap",
            _("This operator has looked up as many numbers today as one can in a day."),
            until=tomorrow,
            field="phone",
        )
    Lookup.objects.create(kendra=kendra, operator=by, phone_digest=digest)


def _known(given: PersonGiven) -> Citizen:
    people = _behind(given.phone) if given.phone else _without_phone(given.family_id)
    found = people.filter(pk=given.citizen_id or 0).select_related("household").first()
    if found is None:
        raise Refused(
            "person_gone",
            _("This person is not among those of this number any more. Please choose again."),
            field="person",
        )
    return found


def _behind(phone: str) -> QuerySet[Citizen]:
    return Citizen.objects.filter(household__phone=phone, left_at__isnull=True)


def _without_phone(family_id: str) -> QuerySet[Citizen]:
    # Who has no Family ID is not found by having none.
    return Citizen.objects.exclude(family_id="").filter(
        family_id=family_id,
        household__phone__isnull=True,
        household__user__isnull=True,
        left_at__isnull=True,
    )


def _without_number(kendra: Kendra, by: User, given: PersonGiven, key: str) -> Citizen:
    """Return the walk-in without a number, in the household of their Family ID if there is one."""
    if given.family_id:
        # Two counters with the same family at once make one household.
        wait_for_turn(f"family:{given.family_id}")
        family = list(_without_phone(given.family_id).select_related("household").order_by("pk"))
        wanted = fold(given.name)
        # The same Family ID and the same full name: it is the same person.
        for one in family:
            if fold(one.name) == wanted:
                return one
        if family:
            return _added(kendra, by, family[0].household, given, key)
    household = Household.objects.create()
    record(household, "household_made", at=now(), by=by, new=True)
    return _added(kendra, by, household, given, key)


def _household_of(phone: str, by: User) -> Household:
    """Return the household of ``phone``, locked; of two that make it at once one is made."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_household (phone) VALUES (%s) ON CONFLICT (phone) DO NOTHING "
            "RETURNING id",
            [phone],
        )
        made = cursor.fetchone() is not None
    household = Household.objects.select_for_update().get(phone=phone)
    if made:
        record(household, "household_made", at=now(), by=by, new=True)
    return household


def _added(kendra: Kendra, by: User, household: Household, given: PersonGiven, key: str) -> Citizen:
    person = households.add_person(
        household=household,
        by=by,
        name=given.name,
        given_name=given.given_name or given.name.split()[0],
        family_id=given.family_id,
        year_of_birth=given.year_of_birth,
        guardian=given.guardian,
        key=key,
    )
    if person is None:
        raise Refused("person_gone", _("Please choose the person again."), field="person")
    # Where they live is where they came to, as far as the figures by district go.
    Citizen.objects.filter(pk=person.pk).update(district_code=kendra.district.code)
    person.district_code = kendra.district.code
    return person
