"""Who is there on the day of the meeting: from half an hour before until the end of the day."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from appointments.models import Request
from appointments.services import presence
from appointments.services.refusals import Refused
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from esachivalaya.common.states import Overtaken
from tests.meetings import begun, confirmed, shifted
from tests.people import Cast, make_cast, make_staff

pytestmark = pytest.mark.django_db


def press(client: Client, row: Request, side: str, **more: str) -> Any:
    address = reverse("admin:appointments_request_presence", args=[row.reference])
    return client.post(address, {"key": new_key(), "side": side, **more})


def test_each_side_is_noted_once_with_its_time(cast: Cast) -> None:
    row = begun(cast)
    first = presence.citizen_came(request=row, by=None).citizen_came_at
    assert first is not None
    assert presence.citizen_came(request=row, by=None).citizen_came_at == first
    presence.office_came(request=row, by=cast.meera)
    row.refresh_from_db()
    assert row.office_came_at is not None
    assert Entry.objects.filter(subject_id=str(row.pk), act="citizen_came").count() == 1


def test_nobody_is_noted_earlier_than_half_an_hour_before(cast: Cast) -> None:
    row = shifted(confirmed(cast), clock.now() + timedelta(minutes=31))
    with pytest.raises(Refused) as refused:
        presence.citizen_came(request=row, by=None)
    assert refused.value.rule == "too_early"
    shifted(row, clock.now() + timedelta(minutes=29))
    assert presence.citizen_came(request=row, by=None).citizen_came_at


def test_nobody_is_noted_when_the_day_is_over(cast: Cast) -> None:
    row = begun(cast, timedelta(hours=25))
    with pytest.raises(Refused) as refused:
        presence.office_came(request=row, by=None)
    assert refused.value.rule == "day_over"


def test_what_has_an_outcome_is_noted_no_more(cast: Cast) -> None:
    row = begun(cast)
    Request.objects.filter(pk=row.pk).update(status="met")
    with pytest.raises(Overtaken):
        presence.citizen_came(request=row, by=None)


def test_only_who_has_a_charge_notes_for_the_office(cast: Cast) -> None:
    row = begun(cast)
    with pytest.raises(PermissionDenied):
        presence.seen_by_office(request=row, side="citizen", by=make_staff("stranger"))
    row.refresh_from_db()
    assert row.citizen_came_at is None


def test_the_office_takes_it_back_on_the_same_day_and_the_record_says_so(
    office: Client, cast: Cast
) -> None:
    row = begun(cast)
    assert press(office, row, "citizen").status_code == 302
    row.refresh_from_db()
    assert row.citizen_came_at is not None
    press(office, row, "citizen", undo="on", **{"from": "page"})
    assert Request.objects.get(pk=row.pk).citizen_came_at is None
    acts = list(Entry.objects.filter(subject_id=str(row.pk)).order_by("seq").values_list("act"))
    assert acts[-2:] == [("citizen_came",), ("citizen_presence_undone",)]


def test_a_meeting_of_another_office_is_not_there(office: Client, cast: Cast) -> None:
    row = begun(cast)
    Request.objects.filter(pk=row.pk).update(post=cast.division)
    assert press(office, row, "citizen").status_code == 404
    assert office.get(
        reverse("admin:appointments_request_presence", args=[row.reference])
    ).status_code in {404, 405}


@pytest.mark.django_db(transaction=True)
def test_two_who_note_at_once_write_one_time(race: Callable[..., list[Any]]) -> None:
    row = begun(make_cast())
    done = race(*[lambda: presence.citizen_came(request=row, by=None)] * 4)
    assert all(one.ok for one in done)
    assert len({one.value.citizen_came_at for one in done}) == 1
    assert Entry.objects.filter(subject_id=str(row.pk), act="citizen_came").count() == 1
