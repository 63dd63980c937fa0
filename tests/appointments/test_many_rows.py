"""Many rows of one model, written by one statement."""

from datetime import timedelta

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from psycopg2.extras import DateTimeTZRange

from appointments.models import Hold
from esachivalaya.common import many_rows
from tests.booking import sent, slots
from tests.people import Cast

pytestmark = pytest.mark.django_db


def ended_holds(cast: Cast, *, count: int = 3, purpose: str = "asked") -> list[Hold]:
    """Released holds that nobody has written yet: of these a request may have any number."""
    request = sent(cast.rewari, cast.asha, channel="kendra", by=cast.suresh)
    day = slots(cast.rewari, 1)[0].start + timedelta(days=400)
    starts = [day + timedelta(hours=number) for number in range(count)]
    return [
        Hold(
            post=cast.rewari,
            during=DateTimeTZRange(start, start + timedelta(minutes=15)),
            request=request,
            purpose=purpose,
            own_phone=bool(number % 2),
            taken_at=start,
            released_at=start,
        )
        for number, start in enumerate(starts)
    ]


def test_each_row_gets_its_own_id_and_stands_as_it_was_given(cast: Cast) -> None:
    rows = ended_holds(cast)
    with CaptureQueriesContext(connection) as spoken:
        many_rows.insert(rows)
    assert len(spoken.captured_queries) == 1
    for row in rows:
        found = Hold.objects.get(pk=row.pk)
        given = (row.during, row.own_phone, row.taken_at, row.request_id, row.purpose, row.place)
        assert given == (
            found.during,
            found.own_phone,
            found.taken_at,
            found.request_id,
            found.purpose,
            found.place,
        )


def test_a_row_that_was_written_is_updated_when_it_is_saved(cast: Cast) -> None:
    (row,) = ended_holds(cast, count=1)
    many_rows.insert([row])
    row.own_phone = True
    row.save()
    assert Hold.objects.get(pk=row.pk).own_phone


def test_all_rows_are_written_or_none(cast: Cast) -> None:
    one, two = ended_holds(cast, count=2)
    # Live ones: two of the same request and purpose cannot be.
    one.released_at = two.released_at = None
    with pytest.raises(IntegrityError), transaction.atomic():
        many_rows.insert([one, two])
    assert not Hold.objects.filter(during__in=[one.during, two.during]).exists()


def test_what_is_too_long_is_refused_and_not_cut(cast: Cast) -> None:
    with pytest.raises(DataError), transaction.atomic():
        many_rows.insert(ended_holds(cast, purpose="asked" * 20))


def test_without_rows_nothing_is_said() -> None:
    with CaptureQueriesContext(connection) as spoken:
        many_rows.insert([])
    assert not spoken.captured_queries
