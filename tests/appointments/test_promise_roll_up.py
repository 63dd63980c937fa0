"""The roll-up of the promise board: it says what a plain count of all requests says."""

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import close_old_connections

from appointments import board
from appointments.board.figures import Line, month_after, month_of
from appointments.models import Breach, PromiseDay, Request, SettledDay
from esachivalaya.accounts.models import Citizen, Household
from esachivalaya.common.clock import day_of, now
from esachivalaya.demo.ageing import age
from officials.models import Post
from tests.people import make_category, make_post

LATEST = timedelta(hours=26)


def random_requests(posts: list[Post], seed: int, count: int = 400) -> None:
    """Requests of the last seventy days in every state that an answer can leave behind."""
    chance = random.Random(seed)  # noqa: S311 - the same requests in each run
    household = Household.objects.create(phone=None)
    people = Citizen.objects.bulk_create(
        Citizen(household=household, name=f"Person {n}", given_name="Person") for n in range(count)
    )
    moment = now()
    rows, breached = [], []
    for number, person in enumerate(people):
        asked = moment - timedelta(days=70) * chance.random()
        due = asked + timedelta(hours=chance.choice([3, 24]))
        row = Request(
            reference=f"T{seed:03}{number:08}",
            post=chance.choice(posts),
            citizen=person,
            channel="own_phone",
            kind="open",
            category=make_category(),
            subject="Demarcation of the fields",
            language="hi",
            created_at=asked,
            due_at=due,
        )
        took = LATEST * chance.random()
        # Whoever was asked more than a day ago has an answer by now.
        if asked + took < moment or moment - asked > LATEST:
            row.answered_at = min(asked + took, moment)
            late = row.answered_at >= due
            row.status = "released" if late else chance.choice(["released", "withdrawn", "met"])
            if row.status == "met" and chance.random() < 0.3:
                row.status, row.starts_at = "missed_by_office", asked + timedelta(days=3)
                row.ends_at = row.starts_at + timedelta(minutes=15)
            if late:
                breached.append(row)
        rows.append(row)
    Request.objects.bulk_create(rows)
    Breach.objects.bulk_create(
        Breach(
            request=row,
            post=chance.choice(posts),
            due_at=row.due_at,
            outcome="released",
            recorded_at=row.due_at,
        )
        for row in breached
    )


def plainly(month: date, moment: datetime) -> dict[int, tuple[Any, ...]]:
    """What the board must show of ``month``, counted from every request there is."""
    of_post: dict[int, list[Request]] = defaultdict(list)
    missed: dict[int, int] = defaultdict(int)
    breaches = {breach.request_id: breach for breach in Breach.objects.all()}
    for row in Request.objects.all():
        owing = breaches[row.pk].post_id if row.pk in breaches else row.post_id
        if month_of(day_of(row.created_at)) == month:
            of_post[owing].append(row)
        if row.status == "missed_by_office" and row.starts_at:
            missed[row.post_id] += month_of(day_of(row.starts_at)) == month
    found: dict[int, tuple[Any, ...]] = {}
    for post in {*of_post, *(post for post, number in missed.items() if number)}:
        rows = of_post[post]
        if len(rows) < 5:
            found[post] = (True,)
            continue
        answers = [r for r in rows if r.answered_at and r.status != "withdrawn"]
        overdue = [r for r in rows if r.status == "requested" and r.due_at <= moment]
        good = [
            r
            for r in answers
            if r.answered_at and r.answered_at < r.due_at and r.pk not in breaches
        ]
        took = sorted(
            min(int((r.answered_at - r.created_at).total_seconds() // 360), 240) / 10
            for r in answers
            if r.answered_at
        )
        judged = len(answers) + len(overdue)
        found[post] = (
            False,
            len(rows),
            len(good) * 100 // judged if judged else None,
            took[-(-len(took) * 50 // 100) - 1] if took else None,
            took[-(-len(took) * 95 // 100) - 1] if took else None,
            sum(r.pk in breaches for r in rows),
            missed[post],
            min((r.created_at for r in rows if r.status == "requested"), default=None),
        )
    return found


def shown(line: Line) -> tuple[Any, ...]:
    if line.small:
        return (True,)
    return (
        False,
        line.requests,
        line.share,
        line.median_hours,
        line.p95_hours,
        line.breaches,
        line.missed,
        line.oldest_open,
    )


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_board_says_what_a_plain_count_says_settled_or_not(seed: int) -> None:
    posts = [make_post(code) for code in ("DC-REW", "DC-GGM", "SDM-REW", "CM")]
    random_requests(posts, seed)
    this_month = month_of(day_of(now()))
    for settled in (0, 20, 100):
        board.roll_up(limit=settled)
        for month in (month_after(this_month, -number) for number in range(3)):
            found = board.fresh_board(month)
            expected = plainly(month, found.as_of)
            assert {line.post.pk: shown(line) for line in found.lines} == expected
            totals = found.totals(found.lines)
            assert totals.requests == sum(one[1] for one in expected.values() if not one[0])
            # What the State's chart says of a month is what its board says.
            (of_chart,) = [one for one in found.months if one.month == month]
            assert (of_chart.requests, of_chart.share) == (totals.requests, totals.share)
            for line in found.lines:
                _as_of, months = board.figures.months_of(line.post)
                (mine,) = [one for one in months if one.month == month]
                assert shown(mine) == shown(line)
    assert SettledDay.objects.count() >= 60


@pytest.mark.django_db
def test_a_day_is_settled_once_and_not_while_anything_of_it_waits() -> None:
    post = make_post()
    random_requests([post], 4, count=100)
    waits = Request.objects.filter(status="requested").order_by("created_at").first()
    board.roll_up(limit=1000)
    before = list(PromiseDay.objects.order_by("pk").values_list())
    assert before
    assert board.roll_up(limit=1000) == 0
    assert list(PromiseDay.objects.order_by("pk").values_list()) == before
    today = day_of(now())
    last = today if waits is None else day_of(waits.created_at)
    assert not SettledDay.objects.filter(day__gte=min(last, today)).exists()


@pytest.mark.django_db
def test_one_that_waits_for_weeks_keeps_its_day_and_later_ones_open() -> None:
    random_requests([make_post()], 5, count=100)
    row = Request.objects.order_by("created_at")[10]
    Request.objects.filter(pk=row.pk).update(status="requested", answered_at=None)
    board.roll_up(limit=1000)
    assert not SettledDay.objects.filter(day__gte=day_of(row.created_at)).exists()


@pytest.mark.django_db
def test_what_a_sweep_settles_is_bounded() -> None:
    random_requests([make_post()], 6, count=50)
    assert board.roll_up(limit=7) == 7
    assert SettledDay.objects.count() == 7


@pytest.mark.django_db
def test_the_cost_follows_the_days_that_are_not_settled(django_assert_num_queries: Any) -> None:
    random_requests([make_post()], 7, count=200)
    board.roll_up(limit=1000)
    with django_assert_num_queries(4):
        assert board.roll_up() == 0


@pytest.mark.django_db
def test_the_demo_s_ageing_has_the_days_counted_anew() -> None:
    random_requests([make_post()], 8, count=100)
    board.roll_up(limit=1000)
    age(timedelta(days=2))
    assert not PromiseDay.objects.exists()
    board.roll_up(limit=1000)
    moment = now()
    found = board.fresh_board()
    assert {line.post.pk: shown(line) for line in found.lines} == plainly(found.month, moment)


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_settle_each_day_once(race: Callable[..., list[Any]]) -> None:
    close_old_connections()
    random_requests([make_post()], 9, count=60)
    outcomes = race(*[lambda: board.roll_up(limit=1000) for _ in range(3)])
    assert all(one.ok for one in outcomes)
    assert sum(one.value for one in outcomes) == SettledDay.objects.count()
    assert sum(PromiseDay.objects.values_list("requests", flat=True)) == sum(
        day_of(created) <= SettledDay.objects.latest("day").day
        for created in Request.objects.values_list("created_at", flat=True)
    )
