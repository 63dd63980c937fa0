"""Offices are renamed, abolished, split or vacant: what was asked of them goes on all the same."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from appointments.models import Bump, LadderStep, Request
from appointments.services import deadlines, ladder, timeline
from esachivalaya.common.clock import now
from esachivalaya.common.constraints import Refusal
from esachivalaya.common.registry import Dealing
from esachivalaya.notifications.models import Message
from officials.models import Charge, Post
from officials.search import words_of
from officials.services import DiaryRefused, save_post
from tests.booking import age, overdue, sent, sent_by_asha, slots
from tests.people import Cast, make_post, open_hours

pytestmark = pytest.mark.django_db


@pytest.fixture
def english(client: Client) -> Client:
    client.cookies["language"] = "en"
    return client


def close(cast: Cast, new: Post | None, for_all: str = "successor") -> None:
    cast.rewari.active = False
    cast.rewari.succeeded_by = new
    save_post(post=cast.rewari, by=cast.nasreen, dealing=Dealing(by=cast.nasreen, for_all=for_all))


def vacate(post: Post) -> None:
    ago = now() - timedelta(days=1)
    Charge.objects.filter(post=post).update(ends_at=ago)


def test_a_new_name_moves_nothing(cast: Cast) -> None:
    row = sent_by_asha(cast)
    before = Request.objects.values().get(pk=row.pk)
    steps = len(timeline.entries(row))
    cast.rewari.title_en = "Collector, Rewari"
    cast.rewari.short_en = "Collector Rewari"
    save_post(post=cast.rewari, by=cast.nasreen)
    assert Request.objects.values().get(pk=row.pk) == before
    assert len(timeline.entries(row)) == steps
    assert not Bump.objects.exists()


def test_a_closed_office_s_address_leads_to_its_successor(
    english: Client, cast: Cast, gurugram: Post
) -> None:
    close(cast, gurugram)
    page = english.get(reverse("officials:post", args=["DC-REW"]))
    assert page.status_code == 200
    text = page.content.decode()
    assert "no longer receives people" in text
    assert reverse("officials:post", args=["DC-GGM"]) in text


def test_an_old_address_of_a_booking_leads_on_too(
    english: Client, cast: Cast, gurugram: Post
) -> None:
    addresses = [
        reverse("appointments:new", args=["DC-REW"]),
        reverse("appointments:new-step", args=["DC-REW", "about"]),
    ]
    close(cast, gurugram)
    for address in addresses:
        for page in (english.get(address), english.post(address, {})):
            assert page.status_code == 302
            assert page["Location"] == reverse("officials:post", args=["DC-REW"])
    assert english.get(reverse("appointments:new", args=["NOBODY"])).status_code == 404


def test_a_booking_with_a_closed_office_without_a_successor_is_not_there(
    english: Client, cast: Cast
) -> None:
    close(cast, None)
    assert english.get(reverse("appointments:new", args=["DC-REW"])).status_code == 404


def test_through_several_changes_to_the_one_that_is_open(
    english: Client, cast: Cast, gurugram: Post
) -> None:
    last = make_post("DC-LAST")
    close(cast, gurugram)
    gurugram.active, gurugram.succeeded_by = False, last
    save_post(post=gurugram, by=cast.nasreen)
    assert "DC-LAST" in english.get(reverse("officials:post", args=["DC-REW"])).content.decode()


def test_a_closed_office_without_a_successor_is_not_there(english: Client, cast: Cast) -> None:
    close(cast, None)
    assert english.get(reverse("officials:post", args=["DC-REW"])).status_code == 404


def test_the_directory_names_the_successor_to_who_seeks_the_old_name(
    english: Client, cast: Cast, gurugram: Post
) -> None:
    close(cast, gurugram)
    Post.objects.filter(pk=cast.rewari.pk).update(search_words=words_of(cast.rewari))
    page = english.get("/officials/", {"q": "DC Rewari"}).content.decode()
    assert "is done now by Deputy Commissioner, Gurugram" in page


def test_successors_never_run_in_a_circle(cast: Cast, gurugram: Post) -> None:
    close(cast, gurugram)
    gurugram.active, gurugram.succeeded_by = False, cast.rewari
    with pytest.raises(Refusal):
        save_post(post=gurugram, by=cast.nasreen)


def test_only_a_closed_office_has_a_successor(cast: Cast, gurugram: Post) -> None:
    cast.rewari.succeeded_by = gurugram
    with pytest.raises(Refusal):
        save_post(post=cast.rewari, by=cast.nasreen)


def test_an_office_is_not_closed_over_what_waits_there_without_a_time(
    cast: Cast, gurugram: Post
) -> None:
    row = sent(cast.rewari, cast.asha)
    with pytest.raises(DiaryRefused):
        close(cast, gurugram, for_all="")
    close(cast, gurugram)
    given = Request.objects.get(pk=row.pk)
    assert (given.post, given.due_at, given.reference) == (gurugram, row.due_at, row.reference)
    titles = [step.title for step in timeline.entries(given)]
    assert len(titles) == 2
    # The promise clock runs on at the new office.
    overdue(given)
    assert deadlines.sweep() == 1
    given.refresh_from_db()
    assert (given.status, given.post) == ("confirmed", gurugram)


def test_the_successor_s_other_time_when_the_same_is_not_free(cast: Cast) -> None:
    new = make_post("DC-NEW")
    open_hours(new, weekdays=(0, 1, 2, 3, 4, 5, 6))
    span = slots(cast.rewari, 1)[0]
    sent(new, cast.ramesh, span)
    row = sent(cast.rewari, cast.asha, span)
    close(cast, new)
    given = Request.objects.get(pk=row.pk)
    assert given.starts_at is not None
    assert given.starts_at > span.start
    assert Bump.objects.get().request == given


def test_a_vacant_office_says_so_and_that_the_rule_answers(english: Client, cast: Cast) -> None:
    address = reverse("officials:post", args=["DC-REW"])
    assert "Nobody holds this office" not in english.get(address).content.decode()
    vacate(cast.rewari)
    assert "Nobody holds this office" in english.get(address).content.decode()
    row = sent_by_asha(cast)
    overdue(row)
    assert deadlines.sweep() == 1
    row.refresh_from_db()
    assert row.status == "confirmed"


def test_of_a_vacant_office_without_staff_the_superior_is_told(cast: Cast) -> None:
    vacate(cast.rewari)
    row = sent_by_asha(cast)
    age(row, (row.due_at - row.created_at) * 6 / 10)
    ladder.climb()
    step = LadderStep.objects.order_by("-pk")[0]
    heads = Charge.objects.live().filter(post=cast.division, kind="holder")
    assert step.told == sorted(heads.values_list("user_id", flat=True))
    assert step.told
    assert Message.objects.filter(template__key="office_ladder").exists()
