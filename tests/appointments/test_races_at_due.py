"""The due time raced for: whoever answers at the boundary, each request is answered once."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import close_old_connections, connection, connections, transaction
from django.db.models import F

from appointments.models import Breach, Hold, Offer, Request
from appointments.services import answers, deadlines, wishes
from appointments.services.locking import check_in_time
from appointments.services.refusals import Refused
from appointments.tasks import enforce_deadlines
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.states import Overtaken
from esachivalaya.notifications.models import Message
from tests.booking import age, overdue, sent, sent_by_asha, slots
from tests.people import Cast, make_cast, make_citizen, make_household
from tests.races import Outcome

pytestmark = pytest.mark.django_db(transaction=True)

Race = Callable[..., list[Any]]
ANSWERS = {"confirmed", "allotted", "declined", "withdrawn", "released", "offer_accepted"}
ANSWERS |= {"offer_lapsed", "handed_down"}


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    close_old_connections()
    return make_cast()


def late_slot(cast: Cast, place: int = -1) -> Any:
    """A free time so far ahead that it is possible whatever was shifted."""
    return slots(cast.rewari, 60)[place]


def past_due(request: Request) -> None:
    """Let the due time come, in the caller's transaction: now, to the microsecond."""
    Request.objects.filter(pk=request.pk).update(
        created_at=ClockTimestamp() - timedelta(hours=23), due_at=ClockTimestamp()
    )
    Offer.objects.filter(request=request).update(expires_at=ClockTimestamp())


@contextmanager
def waiting_for_us(job: Callable[[], Any]) -> Iterator[Outcome]:
    """Start ``job`` in another connection and go on when it waits for a lock of ours.

    To be entered inside the transaction that has the lock; leave it after that has ended.
    """
    outcome = Outcome()

    def act() -> None:
        try:
            outcome.value = job()
        except BaseException as problem:
            outcome.error = problem
        finally:
            connections.close_all()

    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    with connection.cursor() as cursor:
        waits = False
        until = time.monotonic() + 20
        while thread.is_alive() and not waits and time.monotonic() < until:
            cursor.execute(
                "SELECT count(*) FROM pg_locks "
                "WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
            )
            waits = bool(cursor.fetchone()[0])
    yield outcome
    thread.join(60)


def answered_once(request: Request) -> str:
    """The one answer that the record has of this request."""
    acts = Entry.objects.filter(
        subject_kind="appointments.request", subject_id=str(request.pk), act__in=ANSWERS
    ).values_list("act", flat=True)
    assert len(acts) == 1, list(acts)
    return str(acts[0])


def test_an_answer_that_waited_past_the_due_time_is_too_late(cast: Cast) -> None:
    asked = sent(cast.rewari, cast.asha, late_slot(cast))
    with transaction.atomic():
        Request.objects.select_for_update().get(pk=asked.pk)
        waiter = waiting_for_us(lambda: answers.confirm(request=asked, by=cast.meera, version=1))
        outcome = waiter.__enter__()
        past_due(asked)
    waiter.__exit__(None, None, None)
    assert isinstance(outcome.error, Refused)
    assert outcome.error.rule == "too_late"
    assert deadlines.sweep() == 1
    assert answered_once(asked) == "allotted"


def test_an_offer_accepted_while_the_due_time_came_has_lapsed(cast: Cast) -> None:
    asked = sent(cast.rewari, cast.asha, late_slot(cast))
    made = answers.offer(request=asked, slot=late_slot(cast, -2), by=cast.meera, version=1)
    with transaction.atomic():
        Request.objects.select_for_update().get(pk=asked.pk)
        waiter = waiting_for_us(lambda: wishes.accept_offer(offer=made, by=None))
        outcome = waiter.__enter__()
        past_due(asked)
    waiter.__exit__(None, None, None)
    assert isinstance(outcome.error, Refused)
    assert deadlines.sweep() == 1
    assert answered_once(asked) == "offer_lapsed"
    assert Hold.objects.filter(released_at__isnull=True).count() == 1
    assert Breach.objects.count() == 0


def test_a_sweep_passes_over_an_answer_that_is_being_given(cast: Cast) -> None:
    asked = sent(cast.rewari, cast.asha, late_slot(cast))
    due = clock.now() + timedelta(seconds=1)
    Request.objects.filter(pk=asked.pk).update(created_at=due - timedelta(hours=24), due_at=due)
    with transaction.atomic():
        answers.confirm(request=asked, by=cast.meera, version=1)
        # It was answered in time, and comes due before that is committed.
        while clock.now() < due:
            continue
        with waiting_for_us(deadlines.sweep) as swept:
            # A sweep that waits for us instead would not be done while we have the lock.
            assert (swept.value, swept.error) == (0, None)
    assert deadlines.sweep() == 0
    assert answered_once(asked) == "confirmed"
    assert Breach.objects.count() == 0


def test_an_answer_that_waits_for_the_rule_learns_that_it_came_second(cast: Cast) -> None:
    asked = overdue(sent(cast.rewari, cast.asha, late_slot(cast)))
    with transaction.atomic():
        assert deadlines.sweep() == 1
        waiter = waiting_for_us(lambda: answers.confirm(request=asked, by=cast.meera, version=1))
        outcome = waiter.__enter__()
    waiter.__exit__(None, None, None)
    assert isinstance(outcome.error, Overtaken)
    assert answered_once(asked) == "allotted"
    told = Message.objects.filter(channel="sms", template__key__startswith="request_confirmed")
    assert told.count() == 1


def test_exactly_at_the_due_time_it_is_late(cast: Cast) -> None:
    asked = sent_by_asha(cast)
    check_in_time(asked, asked.due_at - timedelta(microseconds=1))
    with pytest.raises(Refused):
        check_in_time(asked, asked.due_at)
    # What is shown as overdue is judged by the database's clock: equal counts as due.
    assert '"due_at" <= (clock_timestamp())' in str(Request.objects.overdue().query)


def test_around_the_due_time_every_request_has_one_answer_on_its_side_of_it(
    cast: Cast, race: Race
) -> None:
    free = slots(cast.rewari, 60)[-16:]
    rows = [
        sent(cast.rewari, make_citizen(make_household(), f"Person {n}"), slot, channel="kendra")
        for n, slot in enumerate(free)
    ]
    for number, row in enumerate(rows):
        # They come due one after the other, while office and rule are at work.
        due = clock.now() + timedelta(milliseconds=100 + 8 * number)
        Request.objects.filter(pk=row.pk).update(created_at=due - timedelta(hours=24), due_at=due)

    def office() -> Counter[str]:
        found: Counter[str] = Counter()
        for row in rows:
            try:
                answers.confirm(request=row, by=cast.meera, version=1)
                found["ok"] += 1
            except (Refused, Overtaken) as problem:
                found[type(problem).__name__] += 1
        return found

    def rule() -> int:
        last = rows[-1]
        done = 0
        until = time.monotonic() + 20
        while time.monotonic() < until and Request.objects.waiting().filter(pk=last.pk).exists():
            done += deadlines.sweep()
        return done

    outcomes = race(office, rule, rule)
    assert [one.error for one in outcomes] == [None] * 3
    deadlines.sweep()
    for row in rows:
        row.refresh_from_db()
        assert row.status == "confirmed"
        assert row.answered_at is not None
        by_rule = row.confirmed_by == "rule"
        assert by_rule == (row.answered_at >= row.due_at)
        assert answered_once(row) == ("allotted" if by_rule else "confirmed")
    assert Breach.objects.count() == sum(row.confirmed_by == "rule" for row in rows)
    told = Message.objects.filter(channel="sms", template__key__startswith="request_confirmed")
    assert told.count() == len(rows)


def test_after_three_dead_hours_two_sweeps_and_a_redelivered_task_answer_each_once(
    cast: Cast, race: Race
) -> None:
    free = slots(cast.rewari, 60)[-12:]
    rows = [
        sent(cast.rewari, make_citizen(make_household(), f"Person {n}"), slot, channel="kendra")
        for n, slot in enumerate(free)
    ]
    for row in rows:
        age(overdue(row), timedelta(hours=3))
    cache.clear()
    outcomes = race(enforce_deadlines, enforce_deadlines, deadlines.sweep)
    assert [one.error for one in outcomes] == [None] * 3
    # Redis was emptied and delivers the task once more.
    cache.clear()
    enforce_deadlines()
    for row in rows:
        row.refresh_from_db()
        breach = Breach.objects.get(request=row)
        assert answered_once(row) == "allotted"
        assert breach.due_at == row.due_at
        assert breach.recorded_at - breach.due_at >= timedelta(hours=3)
        to = row.citizen.household.phone
        told = Message.objects.filter(to=to, template__key="request_confirmed_by_rule")
        assert told.count() == 1
    superior = Message.objects.filter(template__key="office_superior_breach", channel="sms")
    per_quarter = superior.values("to", "key").distinct().count()
    assert superior.count() == per_quarter


def test_hours_pass_between_two_sweeps_and_nothing_is_answered_again(cast: Cast) -> None:
    asked = overdue(sent(cast.rewari, cast.asha, late_slot(cast)))
    assert deadlines.sweep() == 1
    Request.objects.update(due_at=F("due_at") - timedelta(hours=3), created_at=F("created_at"))
    assert deadlines.sweep() == 0
    assert answered_once(asked) == "allotted"
