"""Who stands at the counter: found by number or Family ID, shown no further than needed, made."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import Citizen, Household, User
from esachivalaya.accounts.services import households
from esachivalaya.accounts.services.refusals import Refused as AccountsRefused
from esachivalaya.audit.models import Entry
from esachivalaya.audit.services import subject_of
from esachivalaya.common import clock
from kendras.models import Kendra, Lookup
from kendras.services.booking import book
from kendras.services.consents import ConsentGiven
from kendras.services.people import (
    LOOKUPS_A_DAY,
    PersonGiven,
    people_behind,
    people_by_family_id,
    shown_name,
)
from tests.at_a_kendra import a_key, booked, counter_wish, known, read_out, somebody
from tests.people import Cast, make_citizen, make_household

pytestmark = pytest.mark.django_db
PHONE = "+919800000001"
NEW = "+919812345678"


class TestWhatIsShown:
    def test_a_stranger_by_given_name_and_first_letter(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        found = people_behind(kendra=kendra, by=operator, phone=PHONE)
        assert [(one.citizen_id, one.shown, one.full) for one in found] == [
            (cast.asha.pk, "Asha D.", False),
            (cast.ramesh.pk, "Ramesh K.", False),
        ]

    def test_whoever_this_kendra_booked_for_by_full_name(
        self, cast: Cast, kendra: Kendra, operator: User, other_kendra: Kendra, other_operator: User
    ) -> None:
        booked(kendra, operator, cast.rewari, person=known(cast.asha))
        here = people_behind(kendra=kendra, by=operator, phone=PHONE)
        assert [one.shown for one in here] == ["Asha Devi", "Ramesh K."]
        there = people_behind(kendra=other_kendra, by=other_operator, phone=PHONE)
        assert [one.shown for one in there] == ["Asha D.", "Ramesh K."]

    def test_nobody_who_left_the_household(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        Citizen.objects.filter(pk=cast.ramesh.pk).update(left_at=clock.now())
        found = people_behind(kendra=kendra, by=operator, phone=PHONE)
        assert [one.citizen_id for one in found] == [cast.asha.pk]

    @pytest.mark.parametrize(
        ("name", "given", "shown"),
        [
            ("Asha Devi", "Asha", "Asha D."),
            ("आशा देवी", "आशा", "आशा दे."),
            ("Asha", "Asha", "Asha"),
            ("Kumari Asha Rani Devi", "Asha", "Asha D."),
            ("Mohd. Yusuf", "Yusuf", "Yusuf M."),
        ],
    )
    def test_the_short_form_of_a_name(self, name: str, given: str, shown: str) -> None:
        assert shown_name(Citizen(name=name, given_name=given)) == shown


class TestLooking:
    def test_is_kept_for_the_record_without_the_number(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        people_behind(kendra=kendra, by=operator, phone=PHONE)
        row = Lookup.objects.get()
        assert (row.kendra, row.operator) == (kendra, operator)
        assert PHONE[-6:] not in row.phone_digest

    def test_a_second_look_at_the_same_walk_in_is_the_same_look(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        for _ in range(3):
            people_behind(kendra=kendra, by=operator, phone=PHONE)
        assert Lookup.objects.count() == 1

    def test_ends_at_200_numbers_a_day(self, cast: Cast, kendra: Kendra, operator: User) -> None:
        people_behind(kendra=kendra, by=operator, phone=PHONE)
        Lookup.objects.bulk_create(
            Lookup(kendra=kendra, operator=operator, phone_digest=str(number))
            for number in range(LOOKUPS_A_DAY - 2)
        )
        people_behind(kendra=kendra, by=operator, phone=NEW)
        with pytest.raises(Refused) as refused:
            people_behind(kendra=kendra, by=operator, phone="+919812345679")
        assert refused.value.rule == "lookup_cap"
        # The one at the counter can still be served.
        assert people_behind(kendra=kendra, by=operator, phone=PHONE)
        with pytest.raises(Refused):
            people_by_family_id(kendra=kendra, by=operator, family_id="4PNH7731")

    def test_is_for_operators_of_this_kendra(
        self, cast: Cast, kendra: Kendra, other_operator: User, supervisor: User
    ) -> None:
        for user in (other_operator, supervisor, cast.suresh):
            with pytest.raises(PermissionDenied):
                people_behind(kendra=kendra, by=user, phone=PHONE)
        assert not Lookup.objects.exists()


class TestTheFamilyId:
    def test_finds_those_without_a_number_alone(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        Citizen.objects.filter(pk=cast.asha.pk).update(family_id="4PNH7731")
        done = booked(kendra, operator, cast.rewari, person=somebody(family_id="4PNH7731"))
        found = people_by_family_id(kendra=kendra, by=operator, family_id="4PNH7731")
        assert [one.citizen_id for one in found] == [done.booking.citizen_id]

    def test_none_finds_nobody(self, cast: Cast, kendra: Kendra, operator: User) -> None:
        booked(kendra, operator, cast.rewari)
        assert people_by_family_id(kendra=kendra, by=operator, family_id="") == []
        nobody = PersonGiven(citizen_id=Citizen.objects.latest("pk").pk)
        with pytest.raises(Refused) as refused:
            booked(kendra, operator, cast.rewari, person=nobody)
        assert refused.value.rule == "person_gone"


class TestAWalkInWithoutANumber:
    def test_gets_a_household_without_number_and_sign_in(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        one = booked(kendra, operator, cast.rewari).booking.citizen
        other = booked(kendra, operator, cast.rewari).booking.citizen
        assert (one.household.phone, one.household.user) == (None, None)
        assert one.household != other.household
        assert one.district_code == "REW"
        acts = [acts_on(one.household), acts_on(one)]
        assert acts == [["household_made"], ["person_added"]]

    def test_joins_the_family_that_came_before(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        family = {"family_id": "4PNH7731"}
        one = booked(kendra, operator, cast.rewari, person=somebody(**family)).booking.citizen
        two = booked(kendra, operator, cast.rewari, person=somebody(**family)).booking.citizen
        assert one.household == two.household
        assert one != two

    def test_of_the_same_name_and_family_is_the_same_person(
        self, cast: Cast, kendra: Kendra, operator: User, gurugram: object
    ) -> None:
        person = somebody(family_id="4PNH7731", name="Savitri Bai")
        one = booked(kendra, operator, cast.rewari, person=person).booking.citizen
        person = somebody(family_id="4PNH7731", name="savitri  bai")
        two = booked(kendra, operator, gurugram, person=person).booking.citizen  # type: ignore[arg-type]
        assert one == two


class TestANumber:
    def test_that_nobody_has_makes_a_household_without_sign_in(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        citizen = booked(kendra, operator, cast.rewari, person=somebody(NEW)).booking.citizen
        household = Household.objects.get(phone=NEW)
        assert (citizen.household, household.user) == (household, None)
        # On paper anybody's number can be written down.
        assert household.phone_seen_at is None

    def test_is_proved_by_a_code_that_was_read_out(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        key = a_key()
        read_out(kendra, operator, NEW, key)
        wanted = counter_wish(cast.rewari, person=somebody(NEW), consent=ConsentGiven("code"))
        book(kendra=kendra, by=operator, wanted=wanted, key=key)
        assert Household.objects.get(phone=NEW).phone_seen_at is not None

    def test_opens_no_stranger_by_the_number_of_a_row(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        stranger = make_citizen(make_household("+919800000077"))
        for phone in (PHONE, NEW, ""):
            with pytest.raises(Refused) as refused:
                booked(
                    kendra,
                    operator,
                    cast.rewari,
                    person=PersonGiven(citizen_id=stranger.pk, phone=phone),
                )
            assert refused.value.rule == "person_gone"

    def test_has_one_person_of_a_name(self, cast: Cast, kendra: Kendra, operator: User) -> None:
        with pytest.raises(AccountsRefused) as refused:
            booked(kendra, operator, cast.rewari, person=somebody(PHONE, name="asha devi"))
        assert refused.value.rule == "same name"

    def test_has_twenty_people_at_most(self, cast: Cast, kendra: Kendra, operator: User) -> None:
        for number in range(households.MOST_PEOPLE - 2):
            make_citizen(cast.household, f"Person {number}")
        with pytest.raises(AccountsRefused) as refused:
            booked(kendra, operator, cast.rewari, person=somebody(PHONE))
        assert refused.value.rule == "most people"

    def test_that_was_silent_takes_no_new_person(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        """Else its next owner would be put among strangers, and open their meetings by name."""
        Household.objects.update(phone_seen_at=clock.now() - households.SILENCE - timedelta(1))
        with pytest.raises(Refused) as refused:
            booked(kendra, operator, cast.rewari, person=somebody(PHONE))
        assert refused.value.rule == "number_silent"
        assert not Citizen.objects.filter(given_name="Savitri").exists()

    def test_that_was_silent_is_not_proved_by_a_code_alone(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        Household.objects.update(phone_seen_at=clock.now() - households.SILENCE - timedelta(1))
        key = a_key()
        read_out(kendra, operator, PHONE, key)
        wanted = counter_wish(cast.rewari, person=known(cast.asha), consent=ConsentGiven("code"))
        book(kendra=kendra, by=operator, wanted=wanted, key=key)
        assert households.phone_needs_proof(Household.objects.get(phone=PHONE))


def acts_on(row: Household | Citizen) -> list[str]:
    kind, pk = subject_of(row)
    found = Entry.objects.filter(subject_kind=kind, subject_id=pk).order_by("seq")
    return list(found.values_list("act", flat=True))
