"""The list of requests in the admin: what waits first, filters, search, and confirming several."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from appointments.models import Request
from appointments.services import answers
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from esachivalaya.notifications.models import Message
from tests.booking import overdue, sent, sent_by_asha, slots
from tests.office import assert_strict, content, queries
from tests.people import (
    Cast,
    give_charge,
    make_category,
    make_citizen,
    make_household,
    make_post,
    open_hours,
)

pytestmark = pytest.mark.django_db
LIST = "/admin/appointments/request/"


def listed(client: Client, **query: str) -> list[Request]:
    return list(client.get(LIST, query).context["cl"].result_list)


def told(response: object) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]  # type: ignore[attr-defined]


def test_what_waits_stands_first_by_its_due_time_then_the_latest(
    office: Client, cast: Cast
) -> None:
    times = slots(cast.rewari, 3)
    done = sent(cast.rewari, make_citizen(name="Third"), times[0])
    answers.confirm(request=done, by=cast.suresh, version=done.version)
    young = sent(cast.rewari, cast.asha, times[1])
    old = overdue(sent(cast.rewari, cast.ramesh, times[2]))
    assert listed(office) == [old, young, done]


def test_a_request_of_another_post_is_not_in_the_list(office: Client, cast: Cast) -> None:
    gurugram = make_post("DC-GGM")
    open_hours(gurugram)
    sent(gurugram, cast.asha, slots(gurugram, 1)[0])
    assert listed(office) == []
    assert "No request yet" in content(office.get(LIST))


@pytest.mark.parametrize("spelling", ["plain", "grouped", "small", "hyphens", "bare"])
def test_any_spelling_of_the_reference_finds_the_request(
    office: Client, cast: Cast, spelling: str
) -> None:
    asked, other = sent_by_asha(cast), sent(cast.rewari, cast.ramesh, None)
    reference = asked.reference
    typed = {
        "plain": reference,
        "grouped": f"{reference[:2]} {reference[2:6]} {reference[6:]}",
        "small": reference.lower(),
        "hyphens": f"{reference[:2]}-{reference[2:6]}-{reference[6:]}",
        "bare": reference[2:],
    }[spelling]
    assert listed(office, q=typed) == [asked]
    assert other not in listed(office, q=typed)


def test_name_subject_and_the_last_digits_of_the_phone_find_the_request(
    office: Client, cast: Cast
) -> None:
    asked = sent_by_asha(cast, subject="Flooded road near the school")
    neighbour = make_citizen(make_household("+919800077777"), "Om Prakash")
    sent(cast.rewari, neighbour, None, subject="Pension is not paid")
    assert listed(office, q="asha") == [asked]
    assert listed(office, q="flooded SCHOOL") == [asked]
    assert listed(office, q="asha pension") == []
    assert listed(office, q="00001") == [asked]
    assert listed(office, q="०००० १") == [asked]
    assert [row.citizen for row in listed(office, q="098000 77777")] == [neighbour]


def test_hostile_search_finds_nothing_and_breaks_nothing(office: Client, cast: Cast) -> None:
    sent_by_asha(cast)
    for typed in ("\x00", "%", "' OR 1=1 --", "x" * 5000, "<script>alert(1)</script>"):
        shown = office.get(LIST, {"q": typed})
        assert shown.status_code == 200
        assert "<script>alert" not in content(shown)


def test_the_filters_narrow_the_list(office: Client, cast: Cast) -> None:
    give_charge(cast.suresh, cast.division, "staff")
    open_hours(cast.division)
    times = slots(cast.rewari, 2)
    late = overdue(sent(cast.rewari, cast.asha, times[0]))
    booked = sent(cast.division, cast.ramesh, slots(cast.division, 1)[0])
    Request.objects.filter(pk=booked.pk).update(category=make_category("water"))
    answers.confirm(request=booked, by=cast.kavita, version=booked.version)
    assert listed(office, status="confirmed") == [booked]
    assert listed(office, due="overdue") == [late]
    assert listed(office, due="soon") == []
    assert listed(office, post="DIV-GGM") == [booked]
    assert listed(office, category="water") == [booked]
    assert booked in listed(office, meeting="week")
    now = clock.now()
    Request.objects.filter(pk=booked.pk).update(
        starts_at=now - timedelta(hours=1), ends_at=now - timedelta(minutes=30)
    )
    assert listed(office, meeting="unrecorded") == [booked]


def test_an_unknown_filter_value_breaks_nothing(office: Client, cast: Cast) -> None:
    sent_by_asha(cast)
    assert office.get(LIST, {"status": "nonsense"}).status_code == 200
    assert office.get(LIST, {"category": "nonsense"}).context["cl"].result_count == 0
    assert office.get(LIST, {"nonsense__x": "1"}, follow=True).status_code == 200
    assert office.get(LIST, {"p": "999999999999"}, follow=True).status_code == 200


def test_nobody_adds_deletes_or_edits_a_request_here(office: Client, cast: Cast) -> None:
    asked = sent_by_asha(cast)
    assert office.get(f"{LIST}add/").status_code in {302, 404}
    assert office.get(f"{LIST}add/", follow=True).status_code == 404
    assert office.post(f"{LIST}{asked.pk}/delete/").status_code == 404
    page = reverse("admin:appointments_request_change", args=[asked.reference])
    assert office.post(page, {"status": "confirmed"}).status_code == 405


def test_the_list_takes_the_same_queries_for_one_row_and_for_fifty(
    office: Client, cast: Cast
) -> None:
    sent_by_asha(cast)
    one = queries(office, LIST)
    for place in range(49):
        sent(cast.rewari, make_citizen(name=f"Citizen {place}"), None)
    fifty = queries(office, LIST)
    assert len(fifty) == len(one)
    assert len(fifty) <= 12, "\n".join(fifty)


@pytest.mark.parametrize("language", ["hi", "en"])
def test_the_list_has_no_inline_style_or_script(office: Client, cast: Cast, language: str) -> None:
    sent_by_asha(cast)
    office.cookies["language"] = language
    assert_strict(office.get(LIST))
    assert_strict(office.get(LIST, {"q": "nobody"}))


def confirm(office: Client, *rows: Request, key: str = "", **fields: str) -> list[str]:
    data = {
        "index": "0",
        "action": "confirm_selected",
        "key": key or new_key(),
        "_selected_action": [str(row.pk) for row in rows],
        **{f"version_{row.pk}": str(row.version) for row in rows},
        **fields,
    }
    return told(office.post(LIST, data))


def test_the_selected_are_confirmed_and_the_sentence_counts_them(
    office: Client, cast: Cast
) -> None:
    times = slots(cast.rewari, 2)
    rows = [sent(cast.rewari, cast.asha, times[0]), sent(cast.rewari, cast.ramesh, times[1])]
    assert confirm(office, *rows) == [
        "2 requests are confirmed at the time asked. The citizens are told."
    ]
    assert set(Request.objects.values_list("status", flat=True)) == {"confirmed"}


def test_those_not_confirmed_are_named_with_the_reason(office: Client, cast: Cast) -> None:
    times = slots(cast.rewari, 3)
    good = sent(cast.rewari, cast.asha, times[0])
    late = overdue(sent(cast.rewari, cast.ramesh, times[1]))
    other = sent(cast.rewari, make_citizen(name="Om Prakash"), times[2])
    answers.decline(
        request=other, by=cast.meera, version=other.version, reason="court", words="In court."
    )
    said = confirm(office, good, late, other)
    assert said[0].startswith("1 request is confirmed")
    assert any("Ramesh Kumar" in one and "time to answer has ended" in one for one in said)
    assert any("Om Prakash" in one and "Meera Yadav" in one for one in said)
    other.refresh_from_db()
    assert other.status == "declined"


def test_the_same_bulk_form_sent_twice_says_the_same_and_acts_once(
    office: Client, cast: Cast
) -> None:
    asked, key = sent_by_asha(cast), new_key()
    first = confirm(office, asked, key=key)
    office.get(LIST)
    assert confirm(office, asked, key=key)[-1:] == first
    found = Message.objects.filter(template__key="request_confirmed", channel="sms")
    assert found.count() == 1


def test_the_requests_of_another_post_are_not_confirmed_whatever_is_sent(
    office: Client, cast: Cast
) -> None:
    gurugram = make_post("DC-GGM")
    open_hours(gurugram)
    foreign = sent(gurugram, cast.asha, slots(gurugram, 1)[0])
    confirm(office, foreign)
    foreign.refresh_from_db()
    assert foreign.status == "requested"
