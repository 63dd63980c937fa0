"""What is not yet in order about an office: a warning after saving, and a page over all of them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from esachivalaya.common import clock
from officials.in_order import missing_of
from officials.models import Charge, Hours, Leave, Post
from tests import people
from tests.officials.pages import page, send
from tests.officials.test_set_up_pages import post_values

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def words_of(post: Post) -> str:
    return " ".join(one.words for one in missing_of([post]))


def lose_hours(cast: people.Cast) -> None:
    Hours.objects.filter(post=cast.rewari).update(until_day=clock.day_of(clock.now()))


def lose_holder(cast: people.Cast) -> None:
    Charge.objects.filter(user=cast.meera).update(ends_at=clock.now())


def close_holder(cast: people.Cast) -> None:
    cast.meera.is_active = False
    cast.meera.save()


def lose_superior(cast: people.Cast) -> None:
    Post.objects.filter(pk=cast.rewari.pk).update(reports_to=None)


def leave_superior(cast: people.Cast) -> None:
    Charge.objects.filter(user=cast.kavita).update(ends_at=clock.now())


def hand_down(cast: people.Cast, **target: object) -> None:
    below = people.make_post("SDM-REW", **target)
    Post.objects.filter(pk=cast.rewari.pk).update(at_due_time="hand_down", hand_down_to=below)


def hand_down_to_closed(cast: people.Cast) -> None:
    hand_down(cast, active=False)


def hand_down_to_nobody(cast: people.Cast) -> None:
    hand_down(cast)
    people.open_hours(Post.objects.get(code="SDM-REW"))


def never_free(cast: people.Cast) -> None:
    Post.objects.filter(pk=cast.rewari.pk).update(minimum_notice_hours=72, horizon_days=3)


def all_for_kendras(cast: people.Cast) -> None:
    Post.objects.filter(pk=cast.rewari.pk).update(kendra_share_percent=100)


def short_hours(cast: people.Cast) -> None:
    Hours.objects.filter(post=cast.rewari).update(minutes=240)


def leave_without_link_officer(cast: people.Cast) -> None:
    now = clock.now()
    Charge.objects.filter(user=cast.anil).update(ends_at=now + timedelta(days=2))
    Leave.objects.create(
        post=cast.rewari,
        starts_at=now + timedelta(days=1),
        ends_at=now + timedelta(days=3),
        link_officer_sits=True,
    )


def test_the_office_of_the_cast_is_in_order(cast: people.Cast) -> None:
    assert missing_of([cast.rewari]) == []


@pytest.mark.parametrize(
    ("lose", "words"),
    [
        (lose_hours, "It has no hours"),
        (lose_holder, "Nobody is in charge of it"),
        (close_holder, "Nobody is in charge of it"),
        (lose_superior, "It reports to no post"),
        (leave_superior, "Nobody is in charge of the post it reports to"),
        (hand_down, "which has no hours"),
        (hand_down_to_closed, "which cannot be met"),
        (hand_down_to_nobody, "of which nobody is in charge"),
        (never_free, "no time is ever free"),
        (all_for_kendras, "no phone can book"),
        (short_hours, "shorter than one meeting"),
        (leave_without_link_officer, "The link officer sits in during the leave"),
    ],
)
def test_what_is_missing_is_named(
    cast: people.Cast, lose: Callable[[people.Cast], None], words: str
) -> None:
    lose(cast)
    assert words in words_of(cast.rewari)
    assert len(missing_of([cast.rewari])) == 1


def test_a_post_that_releases_needs_nobody_above_and_a_closed_one_nothing(
    cast: people.Cast,
) -> None:
    lose_superior(cast)
    Post.objects.filter(pk=cast.rewari.pk).update(at_due_time="release")
    assert missing_of([cast.rewari]) == []
    Post.objects.filter(pk=cast.rewari.pk).update(at_due_time="allot", level="chief_minister")
    assert missing_of([cast.rewari]) == []
    lose_hours(cast)
    Post.objects.filter(pk=cast.rewari.pk).update(active=False)
    assert missing_of([cast.rewari]) == []


def test_saving_a_post_warns_and_saves_all_the_same(client: Client, cast: people.Cast) -> None:
    people.sign_in_staff(client, cast.nasreen)
    address = page("post", "change", cast.rewari.pk)
    values = {**post_values(cast.rewari), "reports_to": "", "title_en": "DC"}
    answer = send(client, address, **values)
    assert answer.status_code == 302
    assert "It reports to no post" in client.get(answer["Location"]).content.decode()
    cast.rewari.refresh_from_db()
    assert cast.rewari.title_en == "DC"


def test_the_page_lists_every_office_with_the_same_queries(
    client: Client, cast: people.Cast
) -> None:
    people.sign_in_staff(client, cast.nasreen)
    address = page("post", "in_order")

    def counted() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(address).status_code == 200
        return len(caught)

    hand_down(cast)
    few = counted()
    for number in range(20):
        people.make_post(f"SDM-{number}", reports_to=cast.division)
    assert counted() == few
    shown = client.get(address).content.decode()
    assert "SDM-19" in shown
    assert address in client.get("/admin/").content.decode()
    people.sign_in_staff(client, cast.gurpreet)
    assert "Give a charge" in client.get(address).content.decode()


def test_the_page_is_for_those_who_set_up_or_appoint(client: Client, cast: people.Cast) -> None:
    people.sign_in_staff(client, cast.suresh)
    assert client.get(page("post", "in_order")).status_code == 403
    people.sign_in_staff(client, cast.nasreen)
    assert client.post(page("post", "in_order")).status_code == 405
    Post.objects.update(active=False)
    assert "Everything is in order" in client.get(page("post", "in_order")).content.decode()
