"""What a district looks into: the rules, without names; the names with a purpose, and recorded."""

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.models import Detail, Entry
from esachivalaya.audit.words import act_words
from esachivalaya.common import clock
from kendras import anomalies
from kendras.anomalies import Anomaly, Kind
from kendras.figures import Period
from kendras.models import Kendra, KendraCharge
from kendras.services import names_seen
from kendras.services.booking import Booked
from officials.models import Holiday, Post
from tests.at_a_kendra import booked, somebody
from tests.counters import make_kendra
from tests.draws import announced
from tests.kendras.queues import copies, on, references
from tests.people import Cast, make_staff, sign_in_household, sign_in_staff

pytestmark = pytest.mark.django_db
DAY = date(2021, 3, 10)  # A Wednesday.
PERIOD = Period(DAY, DAY)
DAYS = "?from_day=2021-03-10&to_day=2021-03-10"
PAGE = "/kendra/district/REW/anomalies/"
PHONE = "+919800000042"
WHY = "Complaint 17 of the Sarpanch of Bawal"


@pytest.fixture
def sunita(
    client: Client, supervisor: User, at_counter: Callable[[Client, User], Client]
) -> Client:
    return at_counter(client, supervisor)


@pytest.fixture
def done(cast: Cast, kendra: Kendra, operator: User) -> Booked:
    """A booking of today, of which the tests make copies."""
    return booked(kendra, operator, cast.rewari)


def found(kendra: Kendra, kind: Kind, period: Period = PERIOD) -> list[Anomaly]:
    return anomalies.found_in(kendra.district, period)[kind]


def opened(client: Client, one: Anomaly, purpose: str = WHY, days: str = DAYS) -> Any:
    return client.post(f"{PAGE}{one.kind}/{one.key}/{days}", {"purpose": purpose})


class TestManyNames:
    def test_five_people_behind_one_number(self, done: Booked, kendra: Kendra) -> None:
        copies(done, 4, phone=PHONE, booked_at=on(DAY))
        assert not found(kendra, Kind.MANY_NAMES)
        copies(done, 1, phone=PHONE, booked_at=on(DAY))
        (one,) = found(kendra, Kind.MANY_NAMES)
        assert (one.count, one.of, one.ending, one.kendras) == (5, 5, "42", ("REW-0001",))

    def test_the_same_person_again_is_nobody_else(
        self, done: Booked, kendra: Kendra, cast: Cast, operator: User, gurugram: Post
    ) -> None:
        rows = copies(done, 4, phone=PHONE, booked_at=on(DAY))
        copies(done, 3, phone=PHONE, booked_at=on(DAY), citizen=rows[0].citizen, status="met")
        assert not found(kendra, Kind.MANY_NAMES)

    def test_who_has_no_phone_is_no_pattern(self, done: Booked, kendra: Kendra) -> None:
        copies(done, 9, phone="", booked_at=on(DAY))
        assert not found(kendra, Kind.MANY_NAMES)

    def test_at_several_kendras_together(self, done: Booked, kendra: Kendra) -> None:
        for number in range(2, 7):
            place = make_kendra(f"REW-{number:04d}")
            copies(done, phone=PHONE, kendra=place, booked_at=on(DAY))
        (one,) = anomalies.told({Kind.MANY_NAMES: found(kendra, Kind.MANY_NAMES)})[Kind.MANY_NAMES]
        assert len(one.kendras) == 5
        assert [place.code for place in one.places] == ["REW-0002", "REW-0003", "REW-0004"]
        assert one.elsewhere == 2

    def test_wishes_in_draws_count(
        self, done: Booked, kendra: Kendra, cast: Cast, operator: User
    ) -> None:
        today = clock.day_of(clock.now())
        copies(done, 4, phone=PHONE)
        draw = announced(cast)
        wish = booked(
            kendra, operator, cast.rewari, slot=None, draw=draw.pk, person=somebody()
        ).booking.wish
        assert wish is not None
        type(wish).objects.filter(pk=wish.pk).update(phone=PHONE)
        (one,) = found(kendra, Kind.MANY_NAMES, Period(today, today))
        rows = list(anomalies.bookings_of(one, kendra.district, Period(today, today)))
        assert one.count == len(rows) == 5
        assert wish.code in {row.reference for row in rows}

    def test_other_districts_do_not(
        self, done: Booked, kendra: Kendra, other_kendra: Kendra
    ) -> None:
        copies(done, 3, phone=PHONE, booked_at=on(DAY))
        copies(done, 3, phone=PHONE, booked_at=on(DAY), kendra=other_kendra)
        assert not found(kendra, Kind.MANY_NAMES)
        assert not found(other_kendra, Kind.MANY_NAMES)


class TestOneOffice:
    def test_ten_for_one_office_that_are_four_fifths_of_all(
        self, done: Booked, kendra: Kendra, operator: User, cast: Cast, gurugram: Post
    ) -> None:
        copies(done, 9, booked_at=on(DAY))
        assert not found(kendra, Kind.ONE_OFFICE)
        copies(done, 1, booked_at=on(DAY))
        copies(done, 2, booked_at=on(DAY), post=gurugram)
        (one,) = found(kendra, Kind.ONE_OFFICE)
        assert (one.operator, one.post, one.count, one.of) == (operator.pk, cast.rewari.pk, 10, 12)
        copies(done, 1, booked_at=on(DAY), post=gurugram)
        assert not found(kendra, Kind.ONE_OFFICE)

    def test_of_one_operator_and_not_of_all_together(self, done: Booked, kendra: Kendra) -> None:
        for name in ("ravi", "mohan"):
            copies(done, 6, booked_at=on(DAY), by=make_staff(name))
        assert not found(kendra, Kind.ONE_OFFICE)


class TestOddHours:
    @pytest.mark.parametrize(
        ("hour", "odd"),
        [
            (time(6, 59, 59), True),
            (time(7), False),
            (time(12), False),
            (time(21), False),
            (time(21, 0, 1), True),
            (time(0, 30), True),
        ],
    )
    def test_an_hour_around_the_hours_of_the_kendra_on_indias_clocks(
        self, done: Booked, kendra: Kendra, hour: time, odd: bool
    ) -> None:
        copies(done, booked_at=on(DAY, hour))
        assert [one.count for one in found(kendra, Kind.ODD_HOURS)] == ([1] if odd else [])

    @pytest.mark.parametrize("hour", [time(0), time(0, 1), time(12), time(23, 59, 59)])
    def test_open_day_and_night_nothing_is_odd(
        self, done: Booked, kendra: Kendra, hour: time
    ) -> None:
        Kendra.objects.update(opens=time(0), closes=time(23, 59))
        copies(done, booked_at=on(DAY, hour))
        assert not found(kendra, Kind.ODD_HOURS)

    @pytest.mark.parametrize(("hour", "odd"), [(time(0, 5), True), (time(23, 50), False)])
    def test_late_hours_do_not_run_into_the_next_day(
        self, done: Booked, kendra: Kendra, hour: time, odd: bool
    ) -> None:
        Kendra.objects.update(opens=time(8), closes=time(23, 30))
        copies(done, booked_at=on(DAY, hour))
        assert bool(found(kendra, Kind.ODD_HOURS)) == odd

    def test_a_day_on_which_it_is_closed(self, done: Booked, kendra: Kendra) -> None:
        Kendra.objects.update(weekdays=[0, 1, 3, 4, 5])
        copies(done, booked_at=on(DAY))
        assert found(kendra, Kind.ODD_HOURS)
        Kendra.objects.update(weekdays=[DAY.weekday()])
        assert not found(kendra, Kind.ODD_HOURS)

    def test_so_is_a_holiday_but_not_one_on_which_offices_work(
        self, done: Booked, kendra: Kendra
    ) -> None:
        copies(done, booked_at=on(DAY))
        holiday = Holiday.objects.create(day=DAY, name_en="Holi", name_hi="होली", closed=False)
        assert not found(kendra, Kind.ODD_HOURS)
        Holiday.objects.filter(pk=holiday.pk).update(closed=True)
        assert found(kendra, Kind.ODD_HOURS)

    def test_it_says_of_how_many(self, done: Booked, kendra: Kendra) -> None:
        copies(done, 2, booked_at=on(DAY, time(3)))
        copies(done, 3, booked_at=on(DAY))
        (one,) = found(kendra, Kind.ODD_HOURS)
        assert (one.count, one.of) == (2, 5)


class TestOnPaper:
    def test_twenty_slips_that_are_four_fifths_of_all(self, done: Booked, kendra: Kendra) -> None:
        copies(done, 19, booked_at=on(DAY))
        assert not found(kendra, Kind.ON_PAPER)
        copies(done, 1, booked_at=on(DAY))
        copies(done, 5, booked_at=on(DAY), on_paper=False)
        (one,) = found(kendra, Kind.ON_PAPER)
        assert (one.count, one.of) == (20, 25)
        copies(done, 1, booked_at=on(DAY), on_paper=False)
        assert not found(kendra, Kind.ON_PAPER)


class TestThePage:
    def test_each_rule_with_its_patterns_and_no_name(
        self, sunita: Client, done: Booked, operator: User, cast: Cast
    ) -> None:
        copies(done, 20, phone=PHONE, booked_at=on(DAY, time(3)))
        answer = sunita.get(PAGE + DAYS)
        assert [len(rows) for _kind, _rule, rows in answer.context["found"]] == [1, 1, 1, 1]
        page = answer.content.decode()
        for kind in Kind:
            assert str(kind.label).replace("'", "&#x27;") in page
        assert "ends in 42" in page
        assert cast.rewari.title_en in page
        assert "9800000042" not in page
        assert operator.name_en not in page
        assert "Person " not in page

    def test_where_nothing_stands_out_it_says_so(self, sunita: Client) -> None:
        page = sunita.get(PAGE + DAYS).content.decode()
        assert page.count("Nothing stands out") == 4

    def test_the_district_page_leads_there(self, sunita: Client, done: Booked) -> None:
        copies(done, 5, phone=PHONE, booked_at=on(DAY))
        page = sunita.get(f"/kendra/district/REW/{DAYS}").content.decode()
        assert "1 pattern in these days should be looked into" in page


class TestTheNames:
    @pytest.fixture
    def one(self, done: Booked, kendra: Kendra) -> Anomaly:
        copies(done, 5, phone=PHONE, booked_at=on(DAY))
        return found(kendra, Kind.MANY_NAMES)[0]

    def test_not_before_the_purpose(self, sunita: Client, one: Anomaly, operator: User) -> None:
        page = sunita.get(f"{PAGE}{one.kind}/{one.key}/{DAYS}").content.decode()
        assert "Why do you want to see the names?" in page
        assert "Person " not in page
        assert operator.name_en not in page
        assert not Entry.objects.filter(act="kendra_names_seen").exists()

    @pytest.mark.parametrize("purpose", ["", "because", "x" * 19, " " * 30, "\x00" * 30, "x" * 301])
    def test_nor_with_one_that_says_nothing(
        self, sunita: Client, one: Anomaly, purpose: str
    ) -> None:
        answer = opened(sunita, one, purpose)
        assert answer.status_code == 422
        assert "Person " not in answer.content.decode()
        assert not Entry.objects.filter(act="kendra_names_seen").exists()

    def test_with_the_purpose_they_stand_there_and_in_the_record(
        self, sunita: Client, one: Anomaly, supervisor: User, operator: User, kendra: Kendra
    ) -> None:
        rows = list(anomalies.bookings_of(one, kendra.district, PERIOD))
        answer = opened(sunita, one)
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "no-store" in answer["Cache-Control"]
        for row in rows:
            assert row.citizen.name in page
        assert operator.name_en in page
        assert "9800000042" not in page.replace(" ", "")
        entry = Entry.objects.get(act="kendra_names_seen")
        assert (entry.subject_kind, entry.actor) == ("officials.district", supervisor)
        data = Detail.objects.get(pk=entry.pk).data
        assert data["purpose"] == WHY
        assert data["rule"] == "many_names"
        assert {told.replace(" ", "") for told in data["references"]} == references(rows)
        assert act_words(entry.act) != "kendra names seen"

    def test_no_record_no_names(
        self, sunita: Client, one: Anomaly, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fails(*_args: Any, **_kwargs: Any) -> None:
            raise RuntimeError("the record is full")

        monkeypatch.setattr(names_seen, "record", fails)
        sunita.raise_request_exception = False
        answer = opened(sunita, one)
        assert answer.status_code == 500
        assert "Person " not in answer.content.decode()

    def test_of_private_ones_the_reference_alone(
        self, sunita: Client, done: Booked, kendra: Kendra, cast: Cast, gurugram: Post
    ) -> None:
        copies(done, 4, phone=PHONE, booked_at=on(DAY))
        (hidden,) = copies(
            done, phone=PHONE, booked_at=on(DAY), private=True, post=gurugram, subject="My divorce"
        )
        answer = opened(sunita, found(kendra, Kind.MANY_NAMES)[0])
        # The page is not even given them.
        given = [(row.name, row.office) for row in answer.context["rows"] if row.private]
        assert given == [("", None)]
        page = answer.content.decode()
        reference = hidden.request.reference if hidden.request else ""
        assert f"ES {reference[2:6]} {reference[6:]}" in page
        assert hidden.citizen.name not in page
        assert "My divorce" not in page
        assert gurugram.title_en not in page
        assert "Old-age pension" not in page, "no subject of anybody"

    def test_each_rule_leads_to_its_own_bookings(
        self, sunita: Client, done: Booked, kendra: Kendra, gurugram: Post, operator: User
    ) -> None:
        by_number = copies(done, 5, phone=PHONE, booked_at=on(DAY), on_paper=False)
        copies(done, 5, phone="+919811111142", booked_at=on(DAY), on_paper=False)
        odd = copies(done, 2, booked_at=on(DAY, time(3)), post=gurugram, on_paper=False)
        mohan = make_staff("mohan")
        slips = copies(done, 20, booked_at=on(DAY), by=mohan, post=gurugram)
        copies(done, 1, booked_at=on(DAY), by=mohan, post=gurugram, on_paper=False)
        for_one = copies(done, 10, booked_at=on(DAY), by=make_staff("ravi"), on_paper=False)
        every = anomalies.found_in(kendra.district, PERIOD)

        def of(one: Anomaly) -> set[str]:
            rows = opened(sunita, one).context["rows"]
            return {row.spoken.replace(" ", "") for row in rows}

        numbers = {frozenset(of(one)) for one in every[Kind.MANY_NAMES]}
        assert len(numbers) == 2
        assert frozenset(references(by_number)) in numbers
        assert of(every[Kind.ODD_HOURS][0]) == references(odd)
        assert of(every[Kind.ON_PAPER][0]) == references(slips)
        assert references(for_one) in [of(one) for one in every[Kind.ONE_OFFICE]]

    def test_a_switch_of_language_keeps_the_words_and_shows_nothing(
        self, sunita: Client, one: Anomaly
    ) -> None:
        given = {"purpose": "Half a sent", "switch_language": "hi"}
        answer = sunita.post(f"{PAGE}{one.kind}/{one.key}/{DAYS}", given)
        assert answer.status_code == 200
        assert "Half a sent" in answer.content.decode()
        assert answer.context["rows"] is None
        assert not Entry.objects.filter(act="kendra_names_seen").exists()

    def test_forged_keys_lead_nowhere(
        self, sunita: Client, one: Anomaly, operator: User, kendra: Kendra
    ) -> None:
        for path in (
            f"many_names/{'0' * 24}/{DAYS}",
            f"many_names/{one.key[:-1]}/{DAYS}",
            f"many_names/{'9' * 3000}/{DAYS}",
            f"odd_hours/{one.key}/{DAYS}",
            f"on_paper/{operator.pk}/{DAYS}",
            f"one_office/{operator.pk}-1/{DAYS}",
            f"everything/{one.key}/{DAYS}",
            f"many_names/%00/{DAYS}",
            f"many_names/{one.key}/?from_day=2021-03-11&to_day=2021-03-11",
            f"many_names/{one.key}/?from_day=0001-01-01&to_day=9999-12-31",
            f"many_names/{one.key}/?from_day=x",
        ):
            assert sunita.get(PAGE + path).status_code == 404, path
            assert sunita.post(PAGE + path, {"purpose": WHY}).status_code == 404, path
        assert not Entry.objects.filter(act="kendra_names_seen").exists()

    def test_only_the_supervisor_of_this_district_now(
        self, sunita: Client, one: Anomaly, operator: User, supervisor: User, cast: Cast
    ) -> None:
        path = f"{PAGE}{one.kind}/{one.key}/{DAYS}"
        assert sunita.get(path.replace("REW", "GGM", 1)).status_code == 404
        for other in (
            sign_in_staff(Client(), operator),
            sign_in_household(Client(), cast.household),
            sign_in_staff(Client(), make_staff("anita", roles=("auditor",))),
        ):
            assert other.post(path, {"purpose": WHY}).status_code == 404
        assert Client().get(path).status_code == 302
        assert sunita.delete(path).status_code == 405
        KendraCharge.objects.filter(user=supervisor).update(
            ends_at=clock.now() - timedelta(seconds=1)
        )
        assert sunita.get(path).status_code == 404
        assert opened(sunita, one).status_code == 404
        assert not Entry.objects.filter(act="kendra_names_seen").exists()

    def test_the_service_looks_again(
        self, one: Anomaly, kendra: Kendra, supervisor: User, operator: User
    ) -> None:
        """Between the page and the record a charge may end."""
        asked: dict[str, Any] = {"district": kendra.district, "anomaly": one, "period": PERIOD}
        with pytest.raises(PermissionDenied):
            names_seen.see_names(**asked, by=operator, purpose=WHY)
        with pytest.raises(Refused) as refused:
            names_seen.see_names(**asked, by=supervisor, purpose="because" + " " * 20)
        assert refused.value.rule == "purpose_too_short"
        assert len(names_seen.see_names(**asked, by=supervisor, purpose=WHY)) == 5

    def test_as_many_queries_for_many_names(
        self, sunita: Client, done: Booked, one: Anomaly
    ) -> None:
        def asked() -> int:
            with CaptureQueriesContext(connection) as queries:
                assert opened(sunita, one).status_code == 200
            return len(queries)

        asked()
        few = asked()
        copies(done, 30, phone=PHONE, booked_at=on(DAY))
        assert asked() == few
