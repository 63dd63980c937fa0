"""The booking rules for persons, phones, operators and Kendras: each names itself and its end."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from appointments.diary import KENDRA_SHARE_ENDS, free_slots, slot_value
from appointments.models import Request
from appointments.services import rules
from appointments.services.refusals import Refused
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from esachivalaya.common.slots import Span
from officials.models import Post
from tests.appointments.citizens import fill_all, later_span, url
from tests.appointments.test_waivers import held
from tests.booking import sent, sent_by_asha, slots
from tests.people import (
    Cast,
    make_cast,
    make_citizen,
    make_household,
    make_post,
    make_staff,
    open_hours,
    sign_in_household,
)
from tests.races import Outcome

pytestmark = pytest.mark.django_db


def refusal(*args: Any, **fields: Any) -> Refused:
    with pytest.raises(Refused) as problem:
        sent(*args, **fields)
    return problem.value


def words(refused: Refused) -> str:
    with translation.override("en"):
        return str(refused.message)


def midnight() -> Any:
    return clock.day_bounds(clock.day_of(clock.now()))[1]


def copies(row: Request, count: int, **fields: Any) -> None:
    """So many more requests like ``row``, withdrawn, made today."""
    for number in range(count):
        copied = Request.objects.get(pk=row.pk)
        copied.pk, copied.reference = None, f"ES{number:08}"
        copied.status, copied.answered_at = "withdrawn", clock.now()
        for name, value in fields.items():
            setattr(copied, name, value)
        copied.save(force_insert=True)


# --- caps of a day


def test_a_phone_s_cap_names_its_end_and_does_not_outlast_the_day(cast: Cast) -> None:
    copies(sent(make_post("P1"), cast.ramesh), 9)
    found = refusal(cast.rewari, cast.asha)
    assert (found.rule, found.until) == ("phone_cap", midnight())
    yesterday = clock.now() - timedelta(days=1)
    Request.objects.update(created_at=yesterday, due_at=yesterday + timedelta(hours=1))
    assert sent(cast.rewari, cast.asha).status == "requested"


def test_people_without_a_phone_are_not_counted_together(cast: Cast) -> None:
    first, second = (make_citizen(make_household(user=None), f"Walk-in {n}") for n in "ab")
    row = sent(make_post("P1"), first, by=cast.suresh, channel="kendra")
    copies(row, 10, made_by=None)
    assert sent(cast.rewari, second, by=cast.suresh, channel="kendra").status == "requested"


def test_an_operator_s_cap_names_its_end_and_binds_no_other(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator, other = make_staff("operator"), make_staff("other")
    row = sent(make_post("P1"), cast.ramesh, by=operator, channel="kendra")
    copies(row, rules.PER_OPERATOR_A_DAY - 1, phone="")
    found = refusal(cast.rewari, cast.asha, by=operator, channel="kendra")
    assert (found.rule, found.until) == ("operator_cap", midnight())
    assert sent(cast.rewari, cast.asha, by=other, channel="kendra").status == "requested"


def test_two_of_one_phone_at_once_do_not_pass_its_cap(race: Callable[..., list[Outcome]]) -> None:
    cast = make_cast()
    third = make_citizen(cast.household, "Sunita Devi")
    copies(sent(make_post("P1"), third), 8)
    outcomes = race(lambda: sent(cast.rewari, cast.asha), lambda: sent(cast.rewari, cast.ramesh))
    assert sorted(one.ok for one in outcomes) == [False, True]
    assert [one.error.rule for one in outcomes if isinstance(one.error, Refused)] == ["phone_cap"]


def test_two_counters_of_one_operator_at_once_do_not_pass_the_cap(
    race: Callable[..., list[Outcome]],
) -> None:
    cast = make_cast()
    operator = make_staff("operator")
    row = sent(make_post("P1"), make_citizen(), by=operator, channel="kendra")
    copies(row, rules.PER_OPERATOR_A_DAY - 2, phone="")
    stranger = make_citizen(make_household(), "Rekha Devi")
    outcomes = race(
        lambda: sent(cast.rewari, cast.asha, by=operator, channel="kendra"),
        lambda: sent(cast.rewari, stranger, by=operator, channel="kendra"),
    )
    assert sorted(one.ok for one in outcomes) == [False, True]


# --- the Kendras' share


def open_all_day(**fields: Any) -> Post:
    post = make_post("OFF-1", minimum_notice_hours=3, **fields)
    open_hours(post, weekdays=tuple(range(7)), starts=time(0), ends=time(23, 45))
    return post


def around_a_day_ahead(post: Post) -> tuple[Span, Span]:
    """The last time of the coming 24 hours, and the first one after them."""
    spans = [slot.span for day in free_slots(post, channel="kendra").values() for slot in day]
    # Not at the border itself: the test takes its time.
    border = clock.now() + KENDRA_SHARE_ENDS
    soon = [span for span in spans if span.start < border - timedelta(minutes=1)]
    late = [span for span in spans if span.start > border + timedelta(minutes=1)]
    return soon[-1], late[0]


def test_the_share_is_released_a_day_before_and_says_when(cast: Cast) -> None:
    post = open_all_day(kendra_share_percent=100)
    soon, late = around_a_day_ahead(post)
    found = refusal(post, cast.asha, late)
    assert found.rule == "kendra_share"
    assert found.until == late.start - timedelta(hours=24)
    assert "kept for Kendras" in words(found)
    assert sent(post, cast.asha, soon).status == "requested"
    assert sent(post, cast.ramesh, late, by=cast.suresh, channel="kendra").status == "requested"


def test_two_own_phones_at_once_do_not_eat_into_the_share(
    race: Callable[..., list[Outcome]],
) -> None:
    cast = make_cast()
    Post.objects.filter(pk=cast.rewari.pk).update(kendra_share_percent=90)
    cast.rewari.refresh_from_db()
    by_day = free_slots(cast.rewari, channel="kendra")
    first, second = [slot.span for slot in by_day[sorted(by_day)[4]]][:2]
    stranger = make_citizen(make_household(), "Rekha Devi")
    outcomes = race(
        lambda: sent(cast.rewari, cast.asha, first), lambda: sent(cast.rewari, stranger, second)
    )
    assert sorted(one.ok for one in outcomes) == [False, True]
    lost = next(one.error for one in outcomes if not one.ok)
    assert isinstance(lost, Refused)
    assert lost.rule == "kendra_share"


def test_a_day_beyond_the_horizon_says_from_when_it_can_be_booked(cast: Cast) -> None:
    last = slots(cast.rewari, 999)[-1]
    beyond = Span(last.start + timedelta(days=7), last.end + timedelta(days=7))
    found = refusal(cast.rewari, cast.asha, beyond)
    assert found.rule == "horizon"
    first_day = clock.day_of(beyond.start) - timedelta(days=cast.rewari.horizon_days)
    assert found.until == clock.day_bounds(first_day)[0]


# --- what a refusal tells the household


def words_after_sending(client: Client, cast: Cast) -> str:
    """What the last page of a booking says to the household that tries for Asha."""
    client.cookies["language"] = "en"
    sign_in_household(client, cast.household)
    slot = slot_value(later_span(cast.rewari))
    fill_all(client, cast.rewari, slot, cast.asha)
    answer = client.post(url("DC-REW", "check"), {"key": new_key()})
    assert answer.status_code == 422
    text = answer.content.decode()
    return text[text.index("error-summary") :].partition("</ul>")[0]


@pytest.mark.parametrize("state", ["open", "met", "three open"])
def test_a_private_request_is_not_told_to_the_household(
    client: Client, cast: Cast, state: str
) -> None:
    if state == "three open":
        for number in range(2):
            sent(make_post(f"P{number}"), cast.asha)
        row = sent(make_post("P3"), cast.asha, private=True)
    else:
        row = sent_by_asha(cast, private=True)
    if state == "met":
        held(row)
    told = words_after_sending(client, cast)
    assert "This person cannot ask this office at present." in told
    assert "reference and PIN" in told
    assert "From " not in told
    assert row.reference not in told


def test_an_open_request_is_refused_in_the_same_words_private_or_not(cast: Cast) -> None:
    row = sent_by_asha(cast)
    plain = refusal(cast.rewari, cast.asha)
    Request.objects.filter(pk=row.pk).update(private=True)
    private = refusal(cast.rewari, cast.asha)
    assert (plain.message, plain.until) == (private.message, private.until)


def test_what_is_not_private_is_told_plainly(cast: Cast) -> None:
    for number in range(3):
        sent(make_post(f"P{number}"), cast.asha)
    assert "three open requests" in words(refusal(cast.rewari, cast.asha))
