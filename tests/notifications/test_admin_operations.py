"""The operators' page: what waits, what failed, what stands still, and what one can do about it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from esachivalaya.audit.models import Detail, Entry
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from esachivalaya.notifications import operations
from esachivalaya.notifications.models import Breaker, Message, RefusedCall
from esachivalaya.notifications.services import Recipient
from tests.notifications.letters import PHONE, confirmed_letter, email, sms
from tests.people import make_staff, make_superuser, sign_in_staff

pytestmark = pytest.mark.django_db
PAGE = "/admin/notifications/message/operations/"
TRY = f"{PAGE}try-again/"
REPLAY = f"{PAGE}replay/"
# Session, user, device, roles and charges of the frame; then the figures.
BUDGET = 26


@pytest.fixture
def watcher(client: Client) -> Client:
    client.cookies["language"] = "en"
    return sign_in_staff(client, make_staff("watcher", roles=("messages",), language="en"))


def made(row: Message | None = None, **fields: Any) -> Message:
    """A message about one's own matter in the state that is given."""
    row = row or sms(confirmed_letter(to=Recipient(phone=PHONE, language="en")))
    Message.objects.filter(pk=row.pk).update(**fields)
    row.refresh_from_db()
    return row


def dead(**fields: Any) -> Message:
    wanted = {"status": "dead", "problem": "Twilio: HTTP 503.", "error_class": "temporary"}
    return made(**{**wanted, "finished_at": clock.now(), **fields})


def stopped() -> Breaker:
    now = clock.now()
    return Breaker.objects.create(
        gateway="twilio",
        channel="sms",
        state="open",
        problem="Twilio: HTTP 401, error 20003.",
        opened_at=now - timedelta(minutes=5),
        probe_at=now + timedelta(minutes=1),
    )


def test_an_empty_outbox_says_so_and_everything_is_there(watcher: Client) -> None:
    page = watcher.get(PAGE).content.decode()
    assert page.count("Nothing waits") == 3
    assert "No dead letter" in page
    assert "Nothing went wrong in this time." in page
    assert "The same figures as a table" in page


def test_the_age_of_the_oldest_due_message_stands_by_lane(watcher: Client) -> None:
    made(due_at=clock.now() - timedelta(minutes=9))
    made(due_at=clock.now() + timedelta(hours=9))
    by_class = {lane.klass: lane for lane in operations.state().lanes}
    lane = by_class["transactional"]  # type: ignore[index]
    assert (lane.due, lane.later, lane.kind) == (1, 1, "breach")
    assert 539 < lane.seconds < 560
    page = watcher.get(PAGE).content.decode()
    assert "9 min" in page
    assert "1 is due, 1 waits for its time" in page


def test_what_was_accepted_is_counted_by_minute_and_drawn(watcher: Client) -> None:
    for minutes in (1, 2, 33, 90):
        made(status="accepted", accepted_at=clock.now() - timedelta(minutes=minutes))
    now = operations.state()
    assert now.per_minute == 0.2
    assert sum(count for _at, count in now.accepted) == 3
    assert "<svg" in watcher.get(PAGE).content.decode()


def test_failures_are_counted_by_class_and_kind_of_error(watcher: Client) -> None:
    for _number in range(3):
        made(status="failed", error_class="permanent", error_code="30006", problem="Landline.")
    made(status="retry", error_class="temporary", problem="Slow.", due_at=clock.now())
    made(
        status="failed",
        error_class="permanent",
        problem="Old.",
        created_at=clock.now() - timedelta(days=3),
    )
    found = operations.state(days=1).failures
    assert [(row["error_class"], row["error_code"], row["count"]) for row in found] == [
        ("permanent", "30006", 3),
        ("temporary", "", 1),
    ]
    assert len(operations.state(days=7).failures) == 3
    page = watcher.get(PAGE).content.decode()
    assert "30006" in page
    assert "Old." not in page
    assert "Old." in watcher.get(f"{PAGE}?days=7").content.decode()


def test_delivery_is_told_by_template_and_by_network(watcher: Client) -> None:
    accepted = {"accepted_at": clock.now()}
    for status in ("delivered", "delivered", "delivered", "undelivered", "accepted"):
        made(status=status, network="404 20", **accepted)
    made(status="delivered", **accepted)
    by_network = {row.name: row for row in operations.state().networks}
    assert by_network["404 20"].percent == 75
    assert by_network["+919800…"].delivered == 1
    by_template = {row.name: row for row in operations.state().templates}
    row = by_template["request_confirmed · sms"]
    assert (row.written, row.accepted, row.delivered, row.failed) == (6, 6, 4, 1)
    page = watcher.get(PAGE).content.decode()
    assert "75 %" in page
    assert PHONE[3:] not in page


def test_a_stopped_gateway_is_told_with_its_reason_and_tried_again_once(watcher: Client) -> None:
    breaker = stopped()
    page = watcher.get(PAGE).content.decode()
    assert "Nothing goes out through twilio" in page
    assert "error 20003" in page
    said = {"gateway": "twilio", "mended": "The token was renewed.", "key": new_key()}
    for _time in range(2):
        assert watcher.post(TRY, said).status_code == 302
    breaker.refresh_from_db()
    assert breaker.probe_at is not None
    assert breaker.probe_at <= clock.now()
    entry = Entry.objects.get(act="breaker_tried")
    assert Detail.objects.get(entry=entry).data == {"reason": "The token was renewed."}


def test_a_try_without_a_word_about_what_was_mended_is_sent_back(watcher: Client) -> None:
    breaker = stopped()
    said = {"gateway": "twilio", "mended": "", "key": new_key()}
    assert watcher.post(TRY, said).status_code == 200
    breaker.refresh_from_db()
    assert breaker.probe_at is not None
    assert breaker.probe_at > clock.now()
    assert watcher.post(TRY, {**said, "gateway": "nobody"}).status_code == 404


def test_a_gateway_that_works_again_by_now_is_told(watcher: Client) -> None:
    Breaker.objects.create(gateway="twilio", channel="sms", state="closed")
    said = {"gateway": "twilio", "mended": "The token was renewed.", "key": new_key()}
    page = watcher.post(TRY, said, follow=True).content.decode()
    assert "there is nothing to try" in page


def test_dead_letters_are_listed_masked_and_replayed_once_for_a_reason(watcher: Client) -> None:
    first, second = dead(), dead()
    page = watcher.get(PAGE).content.decode()
    assert "Twilio: HTTP 503." in page
    assert "98xxx xxx01" in page
    assert PHONE[3:] not in page
    said = {"message": [first.pk], "reason": "The provider is back.", "key": new_key()}
    for _time in range(2):
        assert watcher.post(REPLAY, said).status_code == 302
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("queued", "dead")
    entry = Entry.objects.get(act="message_replayed")
    assert Detail.objects.get(entry=entry).data["reason"] == "The provider is back."


@pytest.mark.parametrize(
    "wrong", [{"reason": " "}, {"message": []}, {"message": ["x"]}, {"key": "short"}]
)
def test_a_replay_without_reason_or_message_is_sent_back(
    watcher: Client, wrong: dict[str, Any]
) -> None:
    row = dead()
    said = {"message": [row.pk], "reason": "The provider is back.", "key": new_key(), **wrong}
    assert watcher.post(REPLAY, said).status_code == 200
    row.refresh_from_db()
    assert row.status == "dead"
    assert not Entry.objects.filter(act="message_replayed").exists()


def test_what_cannot_be_replayed_is_told_and_the_rest_is_done(watcher: Client) -> None:
    gone, late, good = dead(status="delivered"), dead(expires_at=clock.now()), dead()
    said = {"message": [gone.pk, late.pk, good.pk], "reason": "It works again.", "key": new_key()}
    page = watcher.post(REPLAY, said, follow=True).content.decode()
    assert f"Message {gone.pk} is no dead letter any more." in page
    assert f"Message {late.pk}: This message would come too late." in page
    assert "1 message is queued once more." in page
    good.refresh_from_db()
    assert good.status == "queued"


def test_a_dead_letter_can_be_replayed_from_its_own_page(watcher: Client) -> None:
    row = dead()
    page = watcher.get(f"/admin/notifications/message/{row.pk}/change/").content.decode()
    assert f'action="{REPLAY}"' in page


def test_refused_calls_are_shown(watcher: Client) -> None:
    RefusedCall.objects.create(
        day=clock.day_of(clock.now()), webhook="receipt", reason="bad signature", times=7
    )
    page = watcher.get(PAGE).content.decode()
    assert "receipt: bad signature (7)" in page


@pytest.mark.parametrize("address", [TRY, REPLAY])
def test_reading_changes_nothing_and_others_change_nothing(client: Client, address: str) -> None:
    row = dead()
    stopped()
    said = {"message": [row.pk], "reason": "Because I can.", "key": new_key()}
    said |= {"gateway": "twilio", "mended": "Because I can."}
    sign_in_staff(client, make_superuser())
    assert client.post(address, said).status_code == 403
    sign_in_staff(client, make_staff("watcher", roles=("messages",)))
    assert client.get(address).status_code == 405
    row.refresh_from_db()
    assert row.status == "dead"


def test_the_page_costs_the_same_for_one_message_and_for_many(watcher: Client) -> None:
    dead()
    watcher.get(PAGE)
    with CaptureQueriesContext(
        connection,
    ) as few:
        watcher.get(PAGE)
    for number in range(25):
        dead(network=f"404 {number}")
        made(email(), status="failed", error_class="permanent", problem=f"No {number}.")
    with CaptureQueriesContext(connection) as many:
        assert watcher.get(PAGE).status_code == 200
    assert len(many) == len(few)
    assert len(many) <= BUDGET


def test_the_desk_leads_there_for_watchers_only(watcher: Client) -> None:
    assert PAGE in watcher.get("/admin/").content.decode()
    other = sign_in_staff(Client(), make_staff("setter", roles=("setup",)))
    assert PAGE not in other.get("/admin/").content.decode()
