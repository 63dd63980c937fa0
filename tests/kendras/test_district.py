"""The figures of a district's Kendras, for who oversees it now and for nobody else."""

import csv
import io
from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from esachivalaya.accounts.models import User
from esachivalaya.common import clock
from kendras.figures import Period, figures_of
from kendras.models import Kendra, KendraCharge
from kendras.services.booking import Booked
from officials.models import District
from tests.at_a_kendra import booked
from tests.counters import make_kendra, oversee
from tests.kendras.queues import copies, on
from tests.people import Cast, make_staff, sign_in_household, sign_in_staff

pytestmark = pytest.mark.django_db
PAGE = "/kendra/district/REW/"
PAGES = (PAGE, f"{PAGE}file/", f"{PAGE}anomalies/")
DAY = date(2021, 3, 10)
DAYS = {"from_day": "2021-03-10", "to_day": "2021-03-10"}


@pytest.fixture
def sunita(
    client: Client, supervisor: User, at_counter: Callable[[Client, User], Client]
) -> Client:
    return at_counter(client, supervisor)


@pytest.fixture
def done(cast: Cast, kendra: Kendra, operator: User) -> Booked:
    """A booking of today, of which the tests make copies."""
    return booked(kendra, operator, cast.rewari)


def lines(answer: Any) -> dict[str, Any]:
    return {line.kendra.code: line for line in answer.context["page"].rows}


def cards(answer: Any) -> dict[str, str]:
    return {str(one["label"]): str(one["figure"]) for one in answer.context["cards"]}


class TestTheFigures:
    def test_each_kendra_with_what_was_booked_there(
        self, sunita: Client, done: Booked, kendra: Kendra
    ) -> None:
        second = make_kendra("REW-0002", kind="saral")
        noon = on(DAY)
        copies(done, 2, booked_at=noon, took_s=40, status="met")
        copies(done, 1, booked_at=noon, took_s=50, on_paper=False)
        copies(done, 1, booked_at=noon, status="missed_by_citizen", took_s=90)
        copies(done, 2, booked_at=noon, status="missed_by_office", kendra=second, took_s=20)
        answer = sunita.get(PAGE, DAYS)
        first, other = lines(answer)["REW-0001"], lines(answer)["REW-0002"]
        assert (first.bookings, first.met, first.missed_by_citizen) == (4, 2, 1)
        assert (first.missed_by_office, first.on_paper, first.took_s) == (0, 3, 45)
        assert (other.bookings, other.missed_by_office, other.took_s) == (2, 2, 20)
        assert list(lines(answer)) == ["REW-0001", "REW-0002"]
        told = cards(answer)
        assert (told["Bookings"], told["Meetings held"]) == ("6", "2")
        assert (told["Missed by the citizen"], told["Missed by the office"]) == ("1", "2")
        assert told["From first key to slip"] == "40 s"

    def test_days_and_hours_are_those_of_india(self, sunita: Client, done: Booked) -> None:
        """Half past midnight in India is the day before in UTC."""
        copies(done, booked_at=on(DAY, time(0, 30)))
        copies(done, booked_at=on(DAY, time(23, 59)))
        copies(done, booked_at=on(DAY - timedelta(days=1), time(23, 59)))
        copies(done, booked_at=on(DAY + timedelta(days=1), time(0)))
        answer = sunita.get(PAGE, DAYS)
        assert lines(answer)["REW-0001"].bookings == 2
        hours = answer.context["figures"].by_hour()
        assert hours[0] == (0, 1)
        assert hours[23] == (23, 1)
        assert sum(count for _hour, count in hours) == 2

    def test_another_districts_bookings_do_not_count(
        self, sunita: Client, done: Booked, other_kendra: Kendra
    ) -> None:
        copies(done, 3, booked_at=on(DAY), kendra=other_kendra)
        answer = sunita.get(PAGE, DAYS)
        assert list(lines(answer)) == ["REW-0001"]
        assert cards(answer)["Bookings"] == "0"
        assert not answer.context["figures"].hours

    def test_silent_is_who_is_in_service_and_booked_nothing_for_two_weeks(
        self, sunita: Client, done: Booked
    ) -> None:
        make_kendra("REW-0002")
        make_kendra("REW-0003", active=False)
        old, young = make_kendra("REW-0004"), make_kendra("REW-0005")
        copies(done, kendra=old, booked_at=clock.now() - timedelta(days=14, minutes=1))
        copies(done, kendra=young, booked_at=clock.now() - timedelta(days=13, hours=23))
        answer = sunita.get(PAGE)
        silent = {code for code, line in lines(answer).items() if line.silent}
        assert silent == {"REW-0002", "REW-0004"}
        assert cards(answer)["Silent Kendras"] == "2"
        only = sunita.get(PAGE, {"silent": "on"})
        assert set(lines(only)) == {"REW-0002", "REW-0004"}

    def test_one_kind_alone(self, sunita: Client, done: Booked) -> None:
        town = make_kendra("REW-0002", kind="saral")
        copies(done, 3, kendra=town, booked_at=on(DAY), took_s=30)
        copies(done, 2, booked_at=on(DAY), took_s=60)
        answer = sunita.get(PAGE, {**DAYS, "kind": "saral"})
        assert list(lines(answer)) == ["REW-0002"]
        assert cards(answer)["Bookings"] == "3"
        assert cards(answer)["From first key to slip"] == "30 s"
        assert answer.context["figures"].hours == {12: 3}

    def test_charts_have_their_tables(self, sunita: Client, done: Booked) -> None:
        copies(done, 3, kendra=make_kendra("REW-0002", kind="saral"), booked_at=on(DAY))
        page = sunita.get(PAGE, DAYS).content.decode()
        assert "Bookings by kind" in page
        assert page.count("The same figures as a table") == 2

    def test_nobody_is_named(
        self, sunita: Client, done: Booked, operator: User, kendra: Kendra
    ) -> None:
        copies(done, 8, phone="+919800000042")
        for path in PAGES:
            page = sunita.get(path).content.decode()
            assert done.booking.citizen.name not in page
            assert "Person " not in page
            assert operator.name_en not in page
            assert "9800000042" not in page.replace(" ", "")

    def test_many_kendras_stand_on_several_pages(self, sunita: Client, kendra: Kendra) -> None:
        for number in range(2, 62):
            make_kendra(f"REW-{number:04d}", seats=0, accessible=0)
        first = sunita.get(PAGE)
        assert len(first.context["page"].rows) == 50
        second = sunita.get(PAGE, {"after": first.context["page"].next})
        assert len(second.context["page"].rows) == 11
        assert not set(lines(first)) & set(lines(second))
        assert lines(sunita.get(PAGE, {"after": "nowhere"})).keys() == lines(first).keys()

    def test_a_district_without_kendras_says_so(
        self, client: Client, at_counter: Callable[[Client, User], Client]
    ) -> None:
        empty = District.objects.create(code="EMP", name_en="Empty", name_hi="खाली", division="X")
        somebody = at_counter(client, oversee(empty, make_staff("somebody")))
        assert "no Kendra yet" in somebody.get("/kendra/district/EMP/").content.decode()


class TestWhoSeesIt:
    def test_only_the_own_district(self, sunita: Client, other_kendra: Kendra) -> None:
        for path in PAGES:
            assert sunita.get(path).status_code == 200, path
            assert sunita.get(path.replace("REW", "GGM")).status_code == 404, path
            assert sunita.get(path.replace("REW", "rew")).status_code == 404, path

    def test_not_a_second_after_the_charge(self, sunita: Client, supervisor: User) -> None:
        KendraCharge.objects.filter(user=supervisor).update(
            ends_at=clock.now() - timedelta(seconds=1)
        )
        for path in PAGES:
            assert sunita.get(path).status_code == 404, path

    def test_not_before_the_charge(self, sunita: Client, supervisor: User) -> None:
        KendraCharge.objects.filter(user=supervisor).update(
            starts_at=clock.now() + timedelta(minutes=1)
        )
        for path in PAGES:
            assert sunita.get(path).status_code == 404, path

    def test_no_operator_no_citizen_and_no_stranger(
        self, supervisor: User, operator: User, cast: Cast
    ) -> None:
        clients = {
            "operator": sign_in_staff(Client(), operator),
            "citizen": sign_in_household(Client(), cast.household),
            "officer": sign_in_staff(Client(), cast.meera),
            "auditor": sign_in_staff(Client(), make_staff("anita", roles=("auditor",))),
        }
        for path in PAGES:
            for who, somebody in clients.items():
                assert somebody.get(path).status_code == 404, (who, path)
            answer = Client().get(path)
            assert answer.status_code == 302
            assert answer["Location"].startswith("/accounts/staff/")

    def test_only_to_look_at_and_kept_by_no_browser(self, sunita: Client) -> None:
        for path in PAGES:
            assert sunita.post(path).status_code == 405, path
            assert "no-store" in sunita.get(path)["Cache-Control"], path

    def test_the_supervisor_arrives_there(self, sunita: Client) -> None:
        assert sunita.get("/kendra/")["Location"] == PAGE
        page = sunita.get(PAGE).content.decode()
        assert f'href="{PAGE}anomalies/?' in page
        assert f'href="{PAGE}file/' in page

    def test_who_oversees_several_finds_all_of_them(
        self, sunita: Client, supervisor: User, other_kendra: Kendra
    ) -> None:
        oversee(other_kendra.district, supervisor)
        home = sunita.get("/kendra/").content.decode()
        assert PAGE in home
        assert "/kendra/district/GGM/" in home
        assert 'href="/kendra/"' in sunita.get(PAGE).content.decode()


WRONG_DAYS = [
    {"from_day": "2021-03-11", "to_day": "2021-03-10"},
    {"from_day": "2020-01-01", "to_day": "2021-03-10"},
    {"from_day": "0001-01-01", "to_day": "0001-01-02"},
    {"from_day": "9999-12-31", "to_day": "9999-12-31"},
    {"from_day": "2021-02-30", "to_day": "2021-03-10"},
    {"from_day": "1" * 5000},
    {"from_day": "99999999999999-01-01"},
    {"from_day": "yesterday"},
    {"to_day": "٢٠٢١-٠٣"},
    {"from_day": "2021-03-10\x00x", "to_day": "2021-03-10"},
]


class TestDaysThatAreNone:
    @pytest.mark.parametrize("given", WRONG_DAYS, ids=range(len(WRONG_DAYS)))
    def test_they_are_refused_in_words(self, sunita: Client, given: dict[str, str]) -> None:
        for path in PAGES:
            answer = sunita.get(path, given)
            assert answer.status_code == 422, path
            assert "Please look at this again" in answer.content.decode()

    def test_a_year_is_the_longest(self, sunita: Client) -> None:
        year = {"from_day": "2021-01-01", "to_day": "2022-01-01"}
        assert sunita.get(PAGE, year).status_code == 200
        assert sunita.get(PAGE, {**year, "to_day": "2022-01-02"}).status_code == 422

    def test_so_is_a_kind_that_is_none(self, sunita: Client) -> None:
        assert sunita.get(PAGE, {"kind": "palace"}).status_code == 422

    def test_a_nul_in_the_address_does_no_harm(self, sunita: Client) -> None:
        assert sunita.get(f"{PAGE}?kind=%00&after=%00").status_code == 200
        assert sunita.get("/kendra/district/R%00W/").status_code == 404


class TestTheFile:
    def rows(self, answer: Any) -> list[list[str]]:
        text = answer.content.decode()
        assert text.startswith("\ufeff")
        return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))

    def test_all_lines_of_the_choice(self, sunita: Client, done: Booked) -> None:
        make_kendra("REW-0002", kind="saral")
        copies(done, 2, booked_at=on(DAY), status="met", took_s=41)
        answer = sunita.get(f"{PAGE}file/", DAYS)
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert "kendras-REW-2021-03-10-2021-03-10.csv" in answer["Content-Disposition"]
        head, first, second = self.rows(answer)
        assert head[:3] == ["Code", "Kendra", "Kind"]
        assert first[0] == "REW-0001"
        assert first[4] == "2"
        assert first[6] == "2"
        assert first[10] == "41"
        assert second[0] == "REW-0002"
        assert len(first) == len(second) == len(head)
        narrowed = self.rows(sunita.get(f"{PAGE}file/", {**DAYS, "kind": "saral"}))
        assert [row[0] for row in narrowed[1:]] == ["REW-0002"]

    def test_no_cell_is_a_formula(self, sunita: Client, kendra: Kendra) -> None:
        Kendra.objects.filter(pk=kendra.pk).update(
            name_en='=HYPERLINK("http://example.org")', block_en="@SUM(1)"
        )
        _head, row = self.rows(sunita.get(f"{PAGE}file/"))
        assert row[1].startswith("'=")
        assert row[3].startswith("'@")


def test_as_many_queries_for_fifty_kendras_as_for_five(
    sunita: Client, done: Booked, operator: User
) -> None:
    def asked(path: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert sunita.get(path).status_code == 200
        return len(queries)

    def fill(numbers: range) -> None:
        for number in numbers:
            kendra = make_kendra(f"REW-{number:04d}", seats=1, accessible=0)
            by = make_staff(f"operator-{number}")
            copies(done, 2, kendra=kendra, by=by, booked_at=clock.now())
            copies(done, 1, kendra=kendra, by=by, booked_at=on(clock.day_of(clock.now()), time(3)))

    copies(done, 6, phone="+919800000042")
    fill(range(2, 6))
    sunita.get(PAGE)
    few = [asked(path) for path in PAGES]
    fill(range(6, 51))
    assert [asked(path) for path in PAGES] == few
    assert max(few) <= 15


def test_figures_cost_four_queries(done: Booked, kendra: Kendra) -> None:
    moment = clock.now()
    with CaptureQueriesContext(connection) as queries:
        figures_of(kendra.district, Period(DAY, DAY), moment=moment)
    assert len(queries) == 4
