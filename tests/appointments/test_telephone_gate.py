"""The telephone line's webhook: only the provider gets in, and its repetitions do no harm."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from appointments.models import PhoneCall
from appointments.services import answers
from appointments.telephone import line
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from esachivalaya.notifications.models import RefusedCall
from tests.appointments.callers import PHONE, Caller, opened
from tests.appointments.citizens import booked
from tests.people import Cast, make_cast
from tests.signed_calls import TOKEN, signed_post

pytestmark = pytest.mark.django_db
Race = Callable[..., list[Any]]


@pytest.fixture(autouse=True)
def _token(settings: Any) -> None:
    settings.TWILIO_AUTH_TOKEN = TOKEN


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


class TestTheGate:
    def test_an_unsigned_call_is_refused_and_counted(self, client: Client) -> None:
        fields = {"CallSid": "CA1", "From": PHONE}
        assert client.post("/voice/", fields).status_code == 403
        assert signed_post(client, "/voice/", fields, token="another").status_code == 403
        assert not PhoneCall.objects.exists()
        assert sum(RefusedCall.objects.values_list("times", flat=True)) == 2

    def test_a_signature_for_another_turn_does_not_fit(self, client: Client) -> None:
        call = Caller().call()
        signature = call.answer.wsgi_request.headers["X-Twilio-Signature"]
        answer = client.post(
            "/voice/?turn=1",
            call.answer.wsgi_request.POST.dict(),
            headers={"X-Twilio-Signature": signature},
        )
        assert answer.status_code == 403

    @pytest.mark.parametrize("call_id", ["", "CA 1", "CA\x00", "C" * 65, "कॉल"])
    def test_a_call_without_a_proper_id_is_refused(self, client: Client, call_id: str) -> None:
        assert signed_post(client, "/voice/", {"CallSid": call_id}).status_code == 403

    @pytest.mark.parametrize("turn", ["x", "-1", "99999999999999", ""])
    def test_a_strange_turn_is_no_error(self, cast: Cast, turn: str) -> None:
        call = Caller().call().press("2")
        assert "nine digits" in call.ask(f"/voice/?turn={turn}", "1").said

    def test_get_is_not_how_one_calls(self, client: Client) -> None:
        assert client.get("/voice/").status_code == 405

    def test_rows_of_calls_are_gone_after_a_day(self, cast: Cast) -> None:
        Caller().call()
        Caller().call()
        first = PhoneCall.objects.order_by("id")[0]
        PhoneCall.objects.filter(pk=first.pk).update(began_at=clock.now() - timedelta(hours=25))
        assert line.remove_old() == 1
        assert PhoneCall.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_key_press_delivered_five_times_at_once_withdraws_once(
    transactional_db: None, race: Race
) -> None:
    cast = make_cast()
    row = booked(cast)
    call = opened(row, row.pin).press("2")
    turn = int(call.action.split("turn=")[1])
    told = {"call_id": call.call_id, "caller": PHONE, "keys": "2", "turn": turn}
    outcomes = race(*[lambda: line.hear(**told) for _ in range(5)])
    assert all(one.ok for one in outcomes)
    assert len({one.value for one in outcomes}) == 1
    assert Entry.objects.filter(subject_id=str(row.pk), act="withdrawn").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_call_against_the_office_ends_in_one_state(transactional_db: None, race: Race) -> None:
    cast = make_cast()
    row = booked(cast)
    call = opened(row, row.pin).press("2")
    turn = int(call.action.split("turn=")[1])
    told = {"call_id": call.call_id, "caller": PHONE, "keys": "2", "turn": turn}
    race(
        lambda: line.hear(**told),
        lambda: answers.confirm(request=row, by=cast.meera, version=row.version),
    )
    row.refresh_from_db()
    acts = set(Entry.objects.filter(subject_id=str(row.pk)).values_list("act", flat=True))
    assert (row.status == "confirmed") == ("confirmed" in acts)
    assert (row.status == "withdrawn") == ("withdrawn" in acts)
    assert len(acts & {"confirmed", "withdrawn"}) == 1
