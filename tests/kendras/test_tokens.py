"""The queue of a Kendra's hall: numbers without gaps, called once, ended once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from esachivalaya.accounts.models import User
from esachivalaya.common import clock, old_rows
from esachivalaya.common.models import Counter
from esachivalaya.common.states import Overtaken
from kendras.models import Kendra, KendraCharge, Token
from kendras.services import tokens
from tests.counters import make_kendra, serve_at
from tests.people import make_staff
from tests.races import Outcome

pytestmark = pytest.mark.django_db
Status = Token.Status
Race = Callable[..., list[Outcome]]


def issue(kendra: Kendra, by: User, count: int = 1) -> list[Token]:
    return [tokens.issue(kendra=kendra, by=by) for _place in range(count)]


def key(number: int = 1) -> str:
    return f"token-test-key-{number:06d}"


class TestNumbers:
    def test_each_day_and_kendra_counts_from_1(
        self, kendra: Kendra, operator: User, other_kendra: Kendra, other_operator: User
    ) -> None:
        Token.objects.create(
            kendra=kendra, day=clock.day_of(clock.now()) - timedelta(days=1), number=7
        )
        assert [token.number for token in issue(kendra, operator, 3)] == [1, 2, 3]
        assert tokens.issue(kendra=other_kendra, by=other_operator).number == 1

    @pytest.mark.django_db(transaction=True)
    def test_ten_at_once_get_ten_numbers_without_a_gap(
        self, kendra: Kendra, operator: User, race: Race
    ) -> None:
        done = race(*[lambda: tokens.issue(kendra=kendra, by=operator)] * 10)
        assert sorted(one.value.number for one in done) == list(range(1, 11))

    def test_a_charge_that_ended_gives_no_number(self, kendra: Kendra, operator: User) -> None:
        KendraCharge.objects.update(ends_at=clock.now())
        with pytest.raises(PermissionDenied):
            tokens.issue(kendra=kendra, by=operator)

    def test_counter_rows_of_former_days_go_and_todays_stay(
        self, kendra: Kendra, operator: User
    ) -> None:
        issue(kendra, operator, 2)
        Counter.objects.create(series=f"{tokens.SERIES}2020-07-14:{kendra.pk}", year=2020, value=9)
        assert old_rows.sweep() >= 1
        assert list(Counter.objects.values_list("value", flat=True)) == [2]
        assert tokens.issue(kendra=kendra, by=operator).number == 3


class TestCalling:
    def test_the_longest_waiting_is_called_and_the_one_before_is_served(
        self, kendra: Kendra, operator: User
    ) -> None:
        issue(kendra, operator, 2)
        first = tokens.call_next(kendra=kendra, by=operator, counter=2)
        assert first is not None
        assert (first.number, first.counter, first.called_by) == (1, 2, operator)
        second = tokens.call_next(kendra=kendra, by=operator, counter=2)
        assert second is not None
        assert second.number == 2
        first.refresh_from_db()
        assert (first.status, first.ended_at is not None) == (Status.SERVED, True)
        assert tokens.call_next(kendra=kendra, by=operator) is None

    def test_a_colleagues_call_goes_on(self, kendra: Kendra, operator: User) -> None:
        issue(kendra, operator, 2)
        colleague = serve_at(kendra, make_staff("ravi", name_en="Ravi", name_hi="रवि"))
        mine = tokens.call_next(kendra=kendra, by=operator, counter=1)
        assert mine is not None
        tokens.call_next(kendra=kendra, by=colleague, counter=2)
        mine.refresh_from_db()
        assert mine.status == Status.CALLED

    @pytest.mark.django_db(transaction=True)
    def test_two_operators_at_once_call_two_numbers(
        self, kendra: Kendra, operator: User, race: Race
    ) -> None:
        issue(kendra, operator, 2)
        colleague = serve_at(kendra, make_staff("ravi", name_en="Ravi", name_hi="रवि"))
        done = race(
            lambda: tokens.call_next(kendra=kendra, by=operator),
            lambda: tokens.call_next(kendra=kendra, by=colleague),
        )
        assert sorted(one.value.number for one in done) == [1, 2]

    def test_who_did_not_come_can_be_called_again(self, kendra: Kendra, operator: User) -> None:
        token = issue(kendra, operator)[0]
        tokens.call(token=token, by=operator, counter=1)
        once = token.called_at
        tokens.call(token=token, by=operator, counter=3)
        assert (token.counter, token.called_at != once) == (3, True)
        tokens.gone(token=token, by=operator)
        assert tokens.queue_of(kendra) == [token]
        tokens.call(token=token, by=operator, counter=1)
        tokens.serve(token=token, by=operator)
        assert tokens.queue_of(kendra) == []

    def test_a_served_number_is_not_called_again(self, kendra: Kendra, operator: User) -> None:
        token = issue(kendra, operator)[0]
        tokens.call(token=token, by=operator)
        tokens.serve(token=Token.objects.get(), by=operator)
        with pytest.raises(Overtaken):
            tokens.call(token=token, by=operator)
        with pytest.raises(Overtaken):
            tokens.gone(token=Token.objects.get(), by=operator)


class TestAtTheCounter:
    @pytest.fixture
    def pooja(
        self, client: Client, operator: User, at_counter: Callable[[Client, User], Client]
    ) -> Client:
        return at_counter(client, operator)

    def test_a_button_pressed_twice_gives_one_number_and_its_slip(self, pooja: Client) -> None:
        sent = {"act": "new", "key": key()}
        answer = pooja.post("/kendra/REW-0001/tokens/", sent)
        assert answer["Location"] == "/kendra/REW-0001/tokens/1/"
        pooja.post("/kendra/REW-0001/tokens/", sent)
        assert Token.objects.count() == 1
        assert "slip-token-number" in pooja.get("/kendra/REW-0001/tokens/1/").content.decode()

    def test_a_script_gets_the_queue_and_the_sign_is_remembered(
        self, pooja: Client, kendra: Kendra, operator: User
    ) -> None:
        issue(kendra, operator, 2)
        sent = {"act": "next", "key": key(), "counter": "4"}
        script = {"Sec-Fetch-Dest": "empty"}
        answer = pooja.post("/kendra/REW-0001/tokens/", sent, headers=script)
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "<html" not in page
        assert "at counter 4" in page
        assert 'value="4"' in pooja.get("/kendra/REW-0001/tokens/").content.decode()

    def test_what_was_shown_long_ago_changes_nothing(
        self, pooja: Client, kendra: Kendra, operator: User
    ) -> None:
        token = issue(kendra, operator)[0]
        tokens.call(token=token, by=operator)
        answer = pooja.post("/kendra/REW-0001/tokens/1/", {"act": "gone", "version": 1})
        assert answer.status_code == 409
        answer = pooja.post("/kendra/REW-0001/tokens/1/", {"act": "serve", "version": 2})
        assert answer.status_code == 302
        token.refresh_from_db()
        assert token.status == Status.SERVED

    def test_another_kendras_queue_and_an_unknown_number_are_not_there(
        self, pooja: Client, other_kendra: Kendra
    ) -> None:
        assert pooja.get("/kendra/GGM-0001/tokens/").status_code == 404
        assert pooja.get("/kendra/REW-0001/tokens/9/").status_code == 404
        sent = {"act": "new", "key": key()}
        assert pooja.post("/kendra/GGM-0001/tokens/", sent).status_code == 404

    def test_nonsense_is_refused(self, pooja: Client) -> None:
        script = {"Sec-Fetch-Dest": "empty"}
        for sent in ({}, {"act": "new", "key": "short"}, {"act": "all", "key": key()}):
            answer = pooja.post("/kendra/REW-0001/tokens/", sent, headers=script)
            assert answer.status_code == 422
        assert pooja.delete("/kendra/REW-0001/tokens/").status_code == 405

    def test_the_queue_costs_the_same_for_1_and_for_30(
        self, pooja: Client, kendra: Kendra, operator: User
    ) -> None:
        pooja.get("/kendra/REW-0001/tokens/")
        counts = []
        for more in (1, 29):
            issue(kendra, operator, more)
            with CaptureQueriesContext(connection) as caught:
                pooja.get("/kendra/REW-0001/tokens/")
            counts.append(len(caught))
        assert counts[0] == counts[1] <= 7


def test_a_kendra_out_of_service_has_no_counter(
    client: Client, operator: User, at_counter: Callable[[Client, User], Client]
) -> None:
    closed = make_kendra("REW-0009", active=False)
    serve_at(closed, operator)
    assert at_counter(client, operator).get("/kendra/REW-0009/tokens/").status_code == 404
