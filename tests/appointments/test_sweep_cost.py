"""What the 24-hour rule says to the database follows the posts that are due, not the requests."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from appointments.models import Hold, Request, ShortLink
from appointments.services import deadlines, links
from esachivalaya.common.registry import SubjectHook
from tests.booking import overdue, sent, slots
from tests.people import Cast, make_citizen, make_household

pytestmark = pytest.mark.django_db


def fall_due(cast: Cast, count: int) -> None:
    """Let so many requests to DC Rewari fall due: half of them hold a time, half are open."""
    for number in range(count):
        person = make_citizen(make_household(), f"Person {number}")
        slot = slots(cast.rewari, 60)[-1] if number % 2 else None
        overdue(sent(cast.rewari, person, slot, channel="kendra", by=cast.suresh))


def statements_of_a_sweep(count: int) -> int:
    with CaptureQueriesContext(connection) as spoken:
        assert deadlines.sweep() == count
    return len(spoken.captured_queries)


def test_ten_requests_of_a_post_take_as_many_statements_as_two(cast: Cast) -> None:
    fall_due(cast, 2)
    two = statements_of_a_sweep(2)
    fall_due(cast, 10)
    assert statements_of_a_sweep(10) <= two
    assert Request.objects.filter(status="confirmed").count() == 12


def test_open_requests_of_one_batch_get_different_times(cast: Cast) -> None:
    for number in range(6):
        person = make_citizen(make_household(), f"Person {number}")
        overdue(sent(cast.rewari, person, channel="kendra", by=cast.suresh))
    expected = [slot.start for slot in slots(cast.rewari, 6)]
    assert deadlines.sweep() == 6
    given = Request.objects.order_by("due_at").values_list("starts_at", flat=True)
    assert list(given) == expected
    assert Hold.objects.filter(released_at__isnull=True).count() == 6


@links.written_together()
def tell_nobody(row: Request) -> None:
    links.to_withdraw(row)
    raise RuntimeError


def test_links_that_nobody_was_told_of_are_not_written(cast: Cast) -> None:
    row = sent(cast.rewari, cast.asha, slots(cast.rewari, 1)[0])
    with pytest.raises(RuntimeError):
        tell_nobody(row)
    assert not ShortLink.objects.exists()
    with links.written_together():
        links.to_withdraw(row)
        assert not ShortLink.objects.exists()
    assert ShortLink.objects.count() == 1


def test_of_many_subjects_each_is_told_to_each_function_once() -> None:
    heard: list[tuple[str, object]] = []
    hook = SubjectHook("heard")
    hook.add(lambda kind, pk: heard.append((kind, pk)))
    hook.add_for_many(
        lambda kind, pk: heard.append((kind, pk)), lambda kind, ids: heard.append((kind, list(ids)))
    )
    hook("a", 1)
    hook.of_all("b", [2, 3])
    assert heard == [("a", 1), ("a", 1), ("b", 2), ("b", 3), ("b", [2, 3])]
