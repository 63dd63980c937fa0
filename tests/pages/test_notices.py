"""The State's notices on every page, and the portal that takes nothing new for a time."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from appointments.diary import slot_value
from appointments.models import Draft, Request
from appointments.services import deadlines
from appointments.services.refusals import Refused
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from esachivalaya.common.constraints import Refusal
from esachivalaya.pages import notices
from esachivalaya.pages.models import Notice
from esachivalaya.pages.noticing import remove_notice, save_notice
from tests.appointments.citizens import fill_all, free_spans
from tests.booking import overdue, sent, sent_by_asha, slots
from tests.officials.pages import moment, send
from tests.people import Cast, make_cast, sign_in_household, sign_in_staff

pytestmark = pytest.mark.django_db
WORDS = {"words_en": "Works at the data centre.", "words_hi": "डेटा केंद्र में काम चल रहा है।"}
WORKS = {
    "still_works_en": "Tracking, answering and joining go on.",
    "still_works_hi": "स्थिति देखना, उत्तर देना और जुड़ना चलता रहेगा।",
}


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def english(client: Client) -> Iterator[None]:
    client.cookies["language"] = "en"
    with translation.override("en"):
        yield


def notice(cast: Cast, *, kind: str = "notice", **fields: Any) -> Notice:
    """A notice that began an hour ago, for two hours, as the next page shows it."""
    now = clock.now()
    hour = timedelta(hours=1)
    wanted = {"starts_at": now - hour, "ends_at": now + hour, **WORDS, **WORKS, **fields}
    row = Notice.objects.create(kind=kind, made_by=cast.nasreen, **wanted)
    notices.forget()
    return row


def closed(cast: Cast, **fields: Any) -> Notice:
    return notice(cast, kind="closed", **fields)


@pytest.mark.parametrize("address", ["/", "/officials/", "/track/", "/help/", "/nowhere/"])
def test_a_notice_stands_on_every_page_in_the_readers_language(
    client: Client, cast: Cast, address: str
) -> None:
    notice(cast)
    assert WORDS["words_hi"] in client.get(address).content.decode()
    client.cookies["language"] = "en"
    page = client.get(address).content.decode()
    assert WORDS["words_en"] in page
    assert WORKS["still_works_en"] not in page


def test_a_notice_stands_on_the_pages_of_the_admin(client: Client, cast: Cast) -> None:
    notice(cast)
    sign_in_staff(client, cast.nasreen)
    for address in ("/admin/", "/admin/officials/post/"):
        assert WORDS["words_hi"] in client.get(address).content.decode()


def test_a_notice_begins_and_ends_on_the_second(cast: Cast) -> None:
    row = notice(cast)
    assert len(notices.on_top()) == 1
    for start, end in ((1, 2), (-2, -1)):
        Notice.objects.filter(pk=row.pk).update(
            starts_at=clock.now() + timedelta(seconds=start * 20),
            ends_at=clock.now() + timedelta(seconds=end * 20),
        )
        notices.forget()
        assert notices.on_top() == []


def test_pages_ask_for_the_notices_once_in_half_a_minute(client: Client, cast: Cast) -> None:
    notice(cast)
    with CaptureQueriesContext(connection) as caught:
        for _time in range(3):
            client.get("/")
    asked = [one["sql"] for one in caught.captured_queries if "pages_notice" in one["sql"]]
    assert len(asked) == 1


def test_a_closed_portal_says_until_when_and_what_still_works(client: Client, cast: Cast) -> None:
    row = closed(cast)
    client.cookies["language"] = "en"
    page = client.get("/").content.decode()
    assert page.count("The portal takes no new requests until") == 2
    assert row.still_works_en in page
    answer = client.get("/appointments/new/DC-REW/")
    assert answer.status_code == 503
    assert 3500 < int(answer["Retry-After"]) <= 3601
    assert row.still_works_en in answer.content.decode()


def test_nothing_new_is_sent_while_the_portal_is_closed(cast: Cast) -> None:
    free = slots(cast.rewari, 1)[0]
    row = closed(cast)
    for slot in (free, None):
        with pytest.raises(Refused) as refusal:
            sent(cast.rewari, cast.asha, slot)
        assert refusal.value.rule == "portal_closed"
        assert refusal.value.until == row.ends_at
    with pytest.raises(Refused):
        sent(cast.rewari, cast.asha, free, by=cast.suresh, channel="kendra")
    assert not Request.objects.exists()
    Notice.objects.update(ends_at=clock.now())
    notices.forget()
    assert sent(cast.rewari, cast.asha, free).status == "requested"


def test_the_draft_is_kept_for_the_time_when_the_portal_is_open(client: Client, cast: Cast) -> None:
    sign_in_household(client, cast.household)
    fill_all(client, cast.rewari, slot_value(free_spans(cast.rewari)[0]), cast.asha)
    before = Draft.objects.get().data
    row = closed(cast)
    key = "0123456789abcdef0123456789abcdef"
    answer = client.post("/appointments/new/DC-REW/check/", {"key": key})
    assert answer.status_code == 503
    assert Draft.objects.get().data == before
    Notice.objects.filter(pk=row.pk).update(ends_at=clock.now())
    notices.forget()
    assert client.post("/appointments/new/DC-REW/check/", {"key": key}).status_code == 303
    assert Request.objects.count() == 1


def test_everything_that_was_made_goes_on_while_the_portal_is_closed(
    client: Client, cast: Cast
) -> None:
    asked = sent_by_asha(cast)
    closed(cast)
    sign_in_household(client, cast.household)
    for address in ("/appointments/", f"/appointments/{asked.reference}/", "/track/"):
        assert client.get(address).status_code == 200
    overdue(asked)
    deadlines.sweep()
    asked.refresh_from_db()
    assert (asked.status, asked.confirmed_by) == ("confirmed", "rule")
    key = {"key": "0123456789abcdef0123456789abcdef", "version": str(asked.version)}
    client.post(f"/appointments/{asked.reference}/withdraw/", key)
    asked.refresh_from_db()
    assert asked.status == "cancelled_by_citizen"


def times(start: datetime, end: datetime) -> dict[str, str]:
    return {**moment(start, "starts_at"), **moment(end, "ends_at")}


@pytest.mark.usefixtures("english")
def test_who_sets_up_puts_up_a_notice_and_it_is_recorded(client: Client, cast: Cast) -> None:
    sign_in_staff(client, cast.nasreen)
    now = clock.now()
    span = times(now, now + timedelta(days=1))
    add = "/admin/pages/notice/add/"
    assert send(client, add, kind="notice", **WORDS, **span).status_code == 302
    row = Notice.objects.get()
    assert row.made_by == cast.nasreen
    assert Entry.objects.get(subject_kind="pages.notice").act == "notice_added"
    change = f"/admin/pages/notice/{row.pk}/change/"
    earlier = times(row.starts_at, row.ends_at - timedelta(hours=1))
    assert send(client, change, kind="notice", **WORDS, **earlier).status_code == 302
    assert Entry.objects.filter(act="notice_changed").count() == 1
    assert client.get(f"/admin/pages/notice/{row.pk}/delete/").status_code == 403


@pytest.mark.usefixtures("english")
def test_what_is_wrong_with_a_notice_is_said_in_the_form(client: Client, cast: Cast) -> None:
    sign_in_staff(client, cast.nasreen)
    other = closed(cast)
    now = clock.now()
    add = "/admin/pages/notice/add/"
    good = times(now, now + timedelta(days=1))
    for wrong in (
        {"kind": "notice", **WORDS, **times(now, now - timedelta(hours=1))},
        {"kind": "notice", "words_en": "", "words_hi": "", **good},
        {"kind": "closed", **WORDS, **good, "still_works_en": "", "still_works_hi": ""},
        {"kind": "closed", **WORDS, **WORKS, **good},
        {"kind": "none", **WORDS, **good},
    ):
        answer = send(client, add, **wrong)
        assert answer.status_code == 200
        assert answer.context["adminform"].form.errors
    page = send(client, add, kind="closed", **WORDS, **WORKS, **good).content.decode()
    assert "The portal is closed already from" in page
    assert list(Notice.objects.all()) == [other]


@pytest.mark.parametrize("who", ["suresh", "gurpreet"])
def test_nobody_else_puts_up_notices(client: Client, cast: Cast, who: str) -> None:
    row = notice(cast)
    user = getattr(cast, who)
    sign_in_staff(client, user)
    assert client.get("/admin/pages/notice/").status_code == 403
    assert client.get(f"/admin/pages/notice/{row.pk}/change/").status_code == 403
    with pytest.raises(PermissionDenied):
        save_notice(notice=row, by=user)


def test_what_was_shown_is_not_removed_and_what_is_over_not_rewritten(cast: Cast) -> None:
    row = notice(cast)
    with pytest.raises(Refusal):
        remove_notice(notice=row, by=cast.nasreen)
    Notice.objects.filter(pk=row.pk).update(ends_at=clock.now())
    row.ends_at = clock.now() + timedelta(days=1)
    with pytest.raises(Refusal):
        save_notice(notice=row, by=cast.nasreen)
    to_come = notice(
        cast, starts_at=clock.now() + timedelta(days=1), ends_at=clock.now() + timedelta(days=2)
    )
    remove_notice(notice=to_come, by=cast.nasreen)
    assert not Notice.objects.filter(pk=to_come.pk).exists()
