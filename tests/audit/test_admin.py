"""The auditor reads who did what; nobody else does, and nobody changes it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from esachivalaya.audit.admin import EntriesByDay
from esachivalaya.audit.models import Entry
from esachivalaya.audit.services import record
from esachivalaya.audit.subjects import kinds_on_record
from esachivalaya.audit.words import act_words
from esachivalaya.common import clock
from tests.booking import sent_by_asha
from tests.people import Cast, make_cast, make_staff, make_superuser, sign_in_staff

RECORD = "/admin/audit/entry/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def auditor(client: Client) -> Client:
    return sign_in_staff(client, make_staff("auditor", roles=("auditor",), language="en"))


def english(client: Client) -> Client:
    client.cookies["language"] = "en"
    return client


def test_the_list_says_what_was_done_to_what(auditor: Client, cast: Cast) -> None:
    request = sent_by_asha(cast)
    page = english(auditor).get(RECORD).content.decode()
    assert "asked for a meeting" in page
    assert f"{request.reference[:2]} {request.reference[2:6]} {request.reference[6:]}" in page


def test_a_reference_finds_its_entries_and_no_others(auditor: Client, cast: Cast) -> None:
    request = sent_by_asha(cast)
    found = auditor.get(RECORD, {"q": request.reference.lower()}).context["cl"].result_list
    assert {row.subject_id for row in found} == {str(request.pk)}
    assert not auditor.get(RECORD, {"q": "ES 2222 2222"}).context["cl"].result_list


def test_a_chain_shows_every_act_on_its_subject_and_that_it_is_whole(
    auditor: Client, cast: Cast
) -> None:
    request = sent_by_asha(cast)
    entry = Entry.objects.filter(subject_kind="appointments.request").latest("id")
    page = auditor.get(f"{RECORD}{entry.pk}/change/")
    assert page.status_code == 200
    assert page.context["broken"] is None
    assert (
        page.context["count"]
        == Entry.objects.filter(
            subject_id=str(request.pk), subject_kind="appointments.request"
        ).count()
    )
    assert entry.hash in page.content.decode()


def test_nothing_in_the_record_can_be_changed(auditor: Client, cast: Cast) -> None:
    sent_by_asha(cast)
    entry = Entry.objects.latest("id")
    assert auditor.post(f"{RECORD}{entry.pk}/change/", {"act": "met"}).status_code == 404
    assert auditor.get(f"{RECORD}add/").status_code == 403
    assert auditor.post(f"{RECORD}{entry.pk}/delete/", {"post": "yes"}).status_code == 403


def test_nobody_else_reads_the_record(client: Client, cast: Cast) -> None:
    sent_by_asha(cast)
    entry = Entry.objects.latest("id")
    for user in (cast.suresh, cast.nasreen, cast.gurpreet, make_superuser()):
        sign_in_staff(client, user)
        assert client.get(RECORD).status_code == 403
        assert client.get(f"{RECORD}{entry.pk}/change/").status_code in (403, 404)
        assert RECORD not in client.get("/admin/").content.decode()


def test_the_auditors_desk_leads_to_the_record_and_to_no_request(
    auditor: Client, cast: Cast
) -> None:
    page = auditor.get("/admin/").content.decode()
    assert RECORD in page
    assert "/admin/appointments/request/" not in page


def test_an_act_that_nobody_worded_stands_as_it_is() -> None:
    with override("hi"):
        assert act_words("something_new") == "something new"
        assert act_words("declined") == "कार्यालय ने अस्वीकार किया"


def test_the_kinds_to_choose_from_are_those_on_record(cast: Cast) -> None:
    sent_by_asha(cast)
    record(cast.rewari, "opened", at=clock.now())
    there = set(Entry.objects.values_list("subject_kind", flat=True))
    assert len(there) > 1
    assert kinds_on_record() == sorted(there)


def test_the_days_to_choose_from_reach_from_the_first_entry_to_the_last(cast: Cast) -> None:
    record(cast.rewari, "opened", at=clock.now() - timedelta(days=400))
    sent_by_asha(cast)
    rows = EntriesByDay(Entry)
    first, last = (timezone.localtime(Entry.objects.order_by(by)[0].at) for by in ("at", "-at"))
    days = rows.datetimes("at", "day")
    assert (days[0].date(), days[-1].date(), len(days)) == (first.date(), last.date(), 401)
    assert {day.year for day in days} == {year.year for year in rows.datetimes("at", "year")}
    assert len(rows.datetimes("at", "month", "DESC")) in (14, 15)
    assert rows.none().datetimes("at", "day") == []


@pytest.mark.parametrize("wanted", [{}, {"at__year": "2019"}, {"at__year": "x"}])
def test_a_year_is_chosen_above_the_list(
    auditor: Client, cast: Cast, wanted: dict[str, str]
) -> None:
    sent_by_asha(cast)
    assert auditor.get(RECORD, wanted, follow=True).status_code == 200
