"""Races, with real threads on real connections: one winner, and nobody loses what is theirs."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import close_old_connections

from appointments.models import Breach, Hold, Request
from appointments.services import answers, deadlines, wishes
from appointments.services.refusals import Refused, SlotTaken
from esachivalaya.common.states import Overtaken
from esachivalaya.notifications.models import Message
from tests.booking import overdue, sent, sent_by_asha, slots
from tests.people import Cast, make_cast, make_citizen, make_household

pytestmark = pytest.mark.django_db(transaction=True)

Race = Callable[..., list[Any]]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    close_old_connections()
    return make_cast()


def errors(outcomes: list[Any]) -> Counter[str]:
    return Counter("ok" if one.ok else type(one.error).__name__ for one in outcomes)


def test_twenty_bookers_of_the_last_slot_make_one_booking(cast: Cast, race: Race) -> None:
    slot = slots(cast.rewari, 1)[0]
    people = [make_citizen(make_household(), f"Person {n}") for n in range(20)]
    outcomes = race(*[lambda p=person: sent(cast.rewari, p, slot) for person in people])
    assert errors(outcomes) == {"ok": 1, "SlotTaken": 19}
    assert Hold.objects.filter(released_at__isnull=True).count() == 1
    assert all(one.ok or len(one.error.alternatives) == 3 for one in outcomes)


def test_one_form_sent_ten_times_at_once_makes_one_request(cast: Cast, race: Race) -> None:
    from appointments.services.booking import send
    from tests.booking import wish

    form = wish(cast.rewari, cast.asha, slots(cast.rewari, 1)[0])
    told = {"by": cast.household.user, "channel": "own_phone", "principal": "h", "key": "k" * 20}
    outcomes = race(*[lambda: send(wish=form, **told) for _ in range(10)])
    assert errors(outcomes) == {"ok": 10}
    assert len({one.value.reference for one in outcomes}) == 1
    assert Request.objects.count() == 1


def test_one_person_with_two_forms_at_once_gets_one_request(cast: Cast, race: Race) -> None:
    one, other = slots(cast.rewari, 2)
    outcomes = race(
        lambda: sent(cast.rewari, cast.asha, one), lambda: sent(cast.rewari, cast.asha, other)
    )
    assert errors(outcomes) == {"ok": 1, "Refused": 1}


def test_of_two_approvers_one_wins_and_the_citizen_is_told_once(cast: Cast, race: Race) -> None:
    asked = sent_by_asha(cast)
    outcomes = race(
        lambda: answers.confirm(request=asked, by=cast.meera, version=1),
        lambda: answers.confirm(request=asked, by=cast.suresh, version=1),
    )
    assert errors(outcomes) == {"ok": 1, "Overtaken": 1}
    assert Message.objects.filter(template__key="request_confirmed", channel="sms").count() == 1


def test_withdrawing_against_confirming_ends_in_one_state(cast: Cast, race: Race) -> None:
    asked = sent_by_asha(cast)
    outcomes = race(
        lambda: wishes.withdraw(request=asked, by=None, version=1),
        lambda: answers.confirm(request=asked, by=cast.meera, version=1),
    )
    assert errors(outcomes) == {"ok": 1, "Overtaken": 1}
    asked.refresh_from_db()
    held = Hold.objects.filter(request=asked, released_at__isnull=True).count()
    assert (asked.status, held) in {("withdrawn", 0), ("confirmed", 1)}


def test_four_sweeps_at_once_give_each_request_one_transition(cast: Cast, race: Race) -> None:
    people = [make_citizen(make_household(), f"Person {n}") for n in range(12)]
    for person, slot in zip(people, slots(cast.rewari, 60)[-12:], strict=True):
        overdue(sent(cast.rewari, person, slot, channel="kendra", by=cast.suresh))
    outcomes = race(*[deadlines.sweep for _ in range(4)])
    assert sum(one.value for one in outcomes) == 12
    assert Breach.objects.count() == 12
    told = Message.objects.filter(template__key="request_confirmed_by_rule", channel="sms")
    assert told.count() == 12


def test_at_the_boundary_either_the_office_or_the_rule_answers(cast: Cast, race: Race) -> None:
    asked = overdue(sent(cast.rewari, cast.asha, slots(cast.rewari, 60)[-1]))
    outcomes = race(
        lambda: answers.confirm(request=asked, by=cast.meera, version=1), deadlines.sweep
    )
    assert isinstance(outcomes[0].error, Refused | Overtaken)
    deadlines.sweep()  # a sweep passes over what somebody holds at that moment
    asked.refresh_from_db()
    assert (asked.status, asked.confirmed_by) == ("confirmed", "rule")
    assert Breach.objects.count() == 1


def test_two_requests_moving_to_the_same_slot_do_not_both_get_it(cast: Cast, race: Race) -> None:
    one, other, wanted = slots(cast.rewari, 40)[-3:]
    first = sent(cast.rewari, cast.asha, one)
    second = sent(cast.rewari, cast.ramesh, other)
    outcomes = race(
        lambda: wishes.ask_other_time(request=first, slot=wanted, by=None, version=1),
        lambda: wishes.ask_other_time(request=second, slot=wanted, by=None, version=1),
    )
    assert errors(outcomes) == {"ok": 1, "SlotTaken": 1}
    assert Hold.objects.filter(released_at__isnull=True).count() == 2
    assert SlotTaken.__mro__[1] is Refused
