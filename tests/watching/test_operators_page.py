"""The operator's page: what runs, what lags, what to do; in two languages, and of nobody."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from esachivalaya.common import clock, sweeps
from esachivalaya.common.models import Sweep
from esachivalaya.notifications.models import Breaker, Message
from esachivalaya.watching import work
from esachivalaya.watching.figures import kept
from tests.accounts.test_codes import send
from tests.booking import overdue, sent_by_asha
from tests.notifications.letters import sms
from tests.people import make_cast, make_staff, make_superuser, sign_in_household, sign_in_staff

pytestmark = pytest.mark.django_db
PAGE = "/admin/common/sweep/"
# Session, user, device, roles and charges of the frame; then the figures.
BUDGET = 26


def page(client: Client) -> str:
    kept.forget()
    answer = client.get(PAGE)
    assert answer.status_code == 200
    return str(answer.content.decode())


def all_done() -> None:
    for one in work.ALL:
        sweeps.done(one.name)


def test_when_all_is_well_it_says_so(watcher: Client) -> None:
    all_done()
    shown = page(watcher)
    assert "All is well" in shown
    assert "act now" not in shown


def test_a_promise_that_is_not_kept_comes_first_and_says_what_to_do(watcher: Client) -> None:
    all_done()
    row = overdue(sent_by_asha(make_cast()))
    type(row).objects.filter(pk=row.pk).update(
        created_at=row.created_at - timedelta(minutes=10), due_at=row.due_at - timedelta(minutes=10)
    )
    letter = sms()
    Message.objects.filter(pk=letter.pk).update(status="dead", finished_at=clock.now())
    shown = page(watcher)
    first, second = shown.index("answer within 24 hours: act now"), shown.index("Messages given up")
    assert first < second
    assert "manage.py enforce_deadlines" in shown
    assert row.reference not in shown
    assert row.citizen.name not in shown


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (lambda: Sweep.objects.filter(name="meetings").update(
            ended_at=clock.now() - timedelta(hours=1)), "Regular work: act now"),
        (lambda: Sweep.objects.filter(name="roll_up").update(
            ended_at=clock.now() - timedelta(hours=1)), "Regular work: look at it today"),
        (lambda: Message.objects.filter(pk=sms().pk).update(
            due_at=clock.now() - timedelta(minutes=5)), "Messages going out: act now"),
        (lambda: Breaker.objects.create(gateway="twilio", channel="sms", state="open"),
         "Nothing goes out through: twilio"),
    ],
    ids=["meetings", "roll-up", "messages", "gateway"],
)  # fmt: skip
def test_each_thing_that_lags_is_told(watcher: Client, break_it: Any, says: str) -> None:
    all_done()
    break_it()
    assert says in page(watcher)


def test_a_lost_redis_is_told_and_the_page_stands(watcher: Client, settings: Any) -> None:
    all_done()
    gone = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": gone}
    assert "Redis: look at it today" in page(watcher)


def test_codes_near_the_days_limit_are_told(watcher: Client, settings: Any) -> None:
    all_done()
    settings.CODES_PER_DAY = 1
    send()
    assert "One-time codes: act now" in page(watcher)


def test_it_is_in_hindi_too(watcher: Client) -> None:
    watcher.cookies["language"] = "hi"
    shown = page(watcher)
    assert "क्या पोर्टल अपना काम कर रहा है?" in shown
    assert "Regular work" not in shown
    assert "act now" not in shown


def test_the_superuser_sees_it_and_nobody_else(client: Client) -> None:
    sign_in_staff(client, make_superuser())
    assert client.get(PAGE).status_code == 200
    for roles in ((), ("auditor",), ("reports",), ("help_desk",)):
        other = sign_in_staff(Client(), make_staff(f"staff-{len(roles)}-{roles}", roles=roles))
        assert other.get(PAGE).status_code in {302, 403}
    citizen = sign_in_household(Client(), make_cast().household)
    assert citizen.get(PAGE).status_code in {302, 403}
    assert Client().get(PAGE).status_code == 302


def test_it_changes_nothing(watcher: Client) -> None:
    assert watcher.post(PAGE).status_code == 405
    for more in ("add/", "meetings/change/", "meetings/delete/"):
        assert watcher.get(f"{PAGE}{more}").status_code in {302, 404}


def test_it_costs_the_same_whatever_waits(watcher: Client) -> None:
    all_done()
    kept.forget()
    for _time in range(3):
        sms()
    with CaptureQueriesContext(connection) as captured:
        assert watcher.get(PAGE).status_code == 200
    assert len(captured) <= BUDGET
