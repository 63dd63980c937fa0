"""The office answers on one request's page: everything through the same services, once."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from appointments.diary import slot_value
from appointments.models import Offer, Request
from appointments.services import answers, wishes
from esachivalaya.common import clock
from officials.models import Post
from tests.booking import overdue, sent, sent_by_asha, slots
from tests.office import assert_strict, content, give, page, queries, sms
from tests.papers import attach
from tests.people import (
    Cast,
)

pytestmark = pytest.mark.django_db
WORDS = "The tehsildar decides this. Please take the map and the old order with you."


# --- what the page shows


def test_the_page_has_everything_needed_to_answer(office: Client, cast: Cast) -> None:
    earlier = sent(cast.rewari, cast.asha, None, subject="An earlier matter of last year")
    wishes.withdraw(request=earlier, by=cast.household.user, version=earlier.version)
    asked = sent_by_asha(cast)
    attach(asked)
    shown = content(office.get(page(asked)))
    for words in (
        "Asha Devi",
        asked.subject,
        asked.sought,
        asked.description,
        "98000 00001",
        "map.pdf",
        earlier.subject,
        "Request sent",
        "Confirm this time",
        "Another time",
        "Decline",
        "Hand to another office",
        'data-countdown="',
    ):
        assert words in shown, words


def test_the_page_number_and_any_spelling_lead_to_the_one_address(
    office: Client, asked: Request
) -> None:
    for typed in (str(asked.pk), asked.reference.lower(), asked.reference[2:]):
        answer = office.get(reverse("admin:appointments_request_change", args=[typed]))
        assert answer["Location"] == page(asked)


@pytest.mark.parametrize("typed", ["ES99999999", "0", "9" * 18, "9" * 30, "x"])
def test_what_is_not_there_is_a_404(office: Client, typed: str) -> None:
    answer = office.get(reverse("admin:appointments_request_change", args=[typed]))
    assert answer.status_code == 404


def test_scripts_in_the_citizens_words_are_shown_as_text(office: Client, cast: Cast) -> None:
    asked = sent_by_asha(
        cast,
        subject="<script>alert(1)</script> subject",
        description="<img src=x onerror=alert(2)>\nsecond line",
    )
    shown = content(office.get(page(asked)))
    assert "<script>alert" not in shown
    assert "<img src=x" not in shown


def test_the_free_times_stand_by_day_without_those_that_do_not_suit(
    office: Client, cast: Cast
) -> None:
    asked = sent(
        cast.rewari, cast.asha, None, unsuitable_weekdays=[0], unsuitable_parts=["afternoon"]
    )
    days = office.get(page(asked), {"answer": "another-time"}).context["days"]
    assert days
    assert all(day["date"].weekday() != 0 for day in days)
    hours = {slot["starts_at"].astimezone(clock.IST).hour for day in days for slot in day["slots"]}
    assert hours == {10, 11}


@pytest.mark.parametrize("slug", ["confirm", "another-time", "decline", "hand-over"])
@pytest.mark.parametrize("language", ["hi", "en"])
def test_no_answer_has_inline_style_or_script(
    office: Client, asked: Request, slug: str, language: str
) -> None:
    office.cookies["language"] = language
    shown = office.get(page(asked), {"answer": slug})
    assert shown.context["chosen"].slug == slug
    assert_strict(shown)


def test_the_page_takes_the_same_queries_whatever_came_before(office: Client, cast: Cast) -> None:
    asked = sent_by_asha(cast)
    few = queries(office, page(asked))
    for _place in range(8):
        asked.refresh_from_db()
        free = slots(cast.rewari, 1)[0]
        answers.offer(request=asked, slot=free, by=cast.meera, version=asked.version)
    assert len(queries(office, page(asked))) == len(few)
    assert len(few) <= 22, "\n".join(few)
    assert len(queries(office, page(asked), answer="another-time")) <= 27


# --- the three answers


def test_confirming_confirms_the_time_asked_for_and_tells_the_citizen_once(
    office: Client, asked: Request
) -> None:
    done = give(office, asked, "confirm")
    assert done["Location"] == page(asked)
    asked.refresh_from_db()
    assert asked.status == "confirmed"
    assert sms(asked, "request_confirmed") == 1
    assert "The meeting is confirmed" in content(office.get(page(asked)))


def test_another_time_is_confirmed_when_other_times_suit(office: Client, cast: Cast) -> None:
    first, second = slots(cast.rewari, 2)
    asked = sent(cast.rewari, cast.asha, first, other_times_ok=True)
    give(office, asked, "another-time", slot=slot_value(second))
    asked.refresh_from_db()
    assert (asked.status, asked.starts_at) == ("confirmed", second.start)


def test_another_time_is_offered_when_only_the_one_suits(
    office: Client, asked: Request, cast: Cast
) -> None:
    other = slots(cast.rewari, 1)[0]
    give(office, asked, "another-time", slot=slot_value(other))
    asked.refresh_from_db()
    assert asked.status == "requested"
    assert Offer.objects.get(request=asked).starts_at == other.start
    assert "An offer is out" in content(office.get(page(asked)))


def test_an_open_request_is_given_a_time_and_cannot_just_be_confirmed(
    office: Client, cast: Cast
) -> None:
    asked = sent(cast.rewari, cast.asha, None)
    able = [one.slug for one in office.get(page(asked)).context["able"]]
    assert able == ["another-time", "decline", "hand-over"]
    refused = give(office, asked, "confirm")
    assert refused.status_code == 409
    free = slots(cast.rewari, 1)[0]
    give(office, asked, "another-time", slot=slot_value(free))
    asked.refresh_from_db()
    assert (asked.status, asked.starts_at) == ("confirmed", free.start)


def test_declining_needs_a_reason_and_words_and_keeps_what_was_typed(
    office: Client, asked: Request, gurugram: Post
) -> None:
    shown = content(give(office, asked, "decline", words=WORDS))
    assert "Choose the reason." in shown
    assert WORDS in shown
    done = give(
        office, asked, "decline", reason="other_office", words=WORDS, go_to=str(gurugram.pk)
    )
    assert done.status_code == 302
    asked.refresh_from_db()
    assert (asked.status, asked.words, asked.go_to) == ("declined", WORDS, gurugram)
    assert sms(asked, "request_declined") == 1


def test_handing_over_lets_the_clock_run_on_and_leaves_the_office(
    office: Client, asked: Request, gurugram: Post
) -> None:
    due = asked.due_at
    done = give(office, asked, "hand-over", to=str(gurugram.pk), words=WORDS)
    assert done["Location"] == reverse("admin:index")
    asked.refresh_from_db()
    assert (asked.post, asked.due_at) == (gurugram, due)
    assert office.get(page(asked)).status_code == 404


@pytest.mark.parametrize("slot", ["", "nonsense", "2019-01-01T10:00/2019-01-01T10:15", "\x00"])
def test_a_forged_or_past_time_is_refused_in_words(
    office: Client, asked: Request, slot: str
) -> None:
    shown = give(office, asked, "another-time", slot=slot)
    assert shown.status_code in {200, 409}
    assert shown.context["form"].errors
    asked.refresh_from_db()
    assert asked.status == "requested"


def test_a_time_that_was_taken_meanwhile_is_refused_and_the_free_ones_are_shown(
    office: Client, cast: Cast
) -> None:
    first, second = slots(cast.rewari, 2)
    asked = sent(cast.rewari, cast.asha, first, other_times_ok=True)
    sent(cast.rewari, cast.ramesh, second)
    shown = give(office, asked, "another-time", slot=slot_value(second))
    assert shown.status_code == 409
    assert "taken a moment ago" in content(shown)
    assert shown.context["days"]
    assert f'value="{slot_value(second)}"' not in content(shown)


def test_ten_thousand_characters_are_too_many_and_are_kept(office: Client, asked: Request) -> None:
    words = "ख" * 10_000
    shown = give(office, asked, "decline", reason="court", words=words)
    assert shown.context["form"].errors["words"]
    assert words in content(shown)


# --- after the answer


def test_a_confirmed_meeting_is_cancelled_with_words_before_it_begins(
    office: Client, asked: Request, cast: Cast
) -> None:
    answers.confirm(request=asked, by=cast.meera, version=asked.version)
    asked.refresh_from_db()
    assert [one.slug for one in office.get(page(asked)).context["able"]] == ["cancel"]
    give(office, asked, "cancel", words=WORDS)
    asked.refresh_from_db()
    assert (asked.status, asked.words) == ("cancelled_by_office", WORDS)


@pytest.mark.parametrize("outcome", ["met", "missed_by_citizen", "missed_by_office"])
def test_the_outcome_is_recorded_once_the_meeting_has_begun(
    office: Client, asked: Request, cast: Cast, outcome: str
) -> None:
    answers.confirm(request=asked, by=cast.meera, version=asked.version)
    asked.refresh_from_db()
    early = give(office, asked, "outcome", outcome=outcome, decision=WORDS)
    assert early.status_code == 409
    now = clock.now()
    Request.objects.filter(pk=asked.pk).update(
        starts_at=now - timedelta(minutes=5), ends_at=now + timedelta(minutes=10)
    )
    assert [one.slug for one in office.get(page(asked)).context["able"]] == ["outcome"]
    give(office, asked, "outcome", outcome=outcome, decision=WORDS)
    asked.refresh_from_db()
    assert asked.status == outcome


def test_an_overdue_request_is_the_rules_and_no_answer_is_taken(
    office: Client, asked: Request
) -> None:
    overdue(asked)
    shown = office.get(page(asked))
    assert shown.context["able"] == []
    assert "The time to answer has ended" in content(shown)
    late = give(office, asked, "decline", reason="court", words=WORDS)
    assert late.status_code == 409
    asked.refresh_from_db()
    assert asked.status == "requested"
