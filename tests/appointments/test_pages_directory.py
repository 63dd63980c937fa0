"""Whom to meet: found by words in both languages; a post's page says when and how it answers."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from appointments import diary
from esachivalaya.common import clock
from officials.search import words_of
from tests.appointments.citizens import booked, free_spans, later_span
from tests.people import (
    Cast,
    give_charge,
    make_cast,
    make_citizen,
    make_post,
    make_staff,
    open_hours,
)

pytestmark = pytest.mark.django_db
DIRECTORY = "/officials/"


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    for post in (cast.rewari, cast.division):
        post.search_words = words_of(post)
        post.save(update_fields=["search_words"])
    return cast


@pytest.fixture
def english(client: Client) -> Client:
    client.cookies["language"] = "en"
    return client


@pytest.mark.parametrize("typed", ["upayukt", "उपायुक्त", "DC Rewari", "dc rewari ", "rewari"])
def test_an_office_is_found_as_people_type_it(english: Client, cast: Cast, typed: str) -> None:
    page = english.get(DIRECTORY, {"q": typed}).content.decode()
    assert "Deputy Commissioner, Rewari" in page
    assert "/officials/DC-REW/" in page


@pytest.mark.parametrize("typed", ["qqqqxyz", "!!!", "\x00", "x" * 5_000])
def test_nothing_found_says_what_to_do(english: Client, cast: Cast, typed: str) -> None:
    response = english.get(DIRECTORY, {"q": typed})
    assert response.status_code == 200


def test_filters_narrow_the_list_and_nonsense_is_passed_over(english: Client, cast: Cast) -> None:
    narrowed = english.get(DIRECTORY, {"level": "divisional_commissioner"}).content.decode()
    assert "/officials/DIV-GGM/" in narrowed
    assert "/officials/DC-REW/" not in narrowed
    assert english.get(DIRECTORY, {"level": "nonsense", "after": "x"}).status_code == 200
    by_district = english.get(DIRECTORY, {"district": "REW"}).content.decode()
    assert "/officials/DIV-GGM/" not in by_district


def test_the_directory_says_the_next_free_time(english: Client, cast: Cast) -> None:
    page = english.get(DIRECTORY).content.decode()
    assert "Next free:" in page
    assert "No free time within a week" in page


@pytest.mark.parametrize("posts", [1, 60])
def test_the_directory_makes_at_most_eight_queries(
    english: Client, cast: Cast, posts: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(posts):
        open_hours(make_post(f"X-{number}"))
    with django_assert_max_num_queries(8):
        first = english.get(DIRECTORY)
    assert first.status_code == 200
    if posts > 20:
        assert "after=" in first.content.decode()


def test_the_list_is_made_once_for_all_visitors_of_a_language(
    english: Client, cast: Cast, django_assert_num_queries: Any
) -> None:
    first = english.get(DIRECTORY).content.decode()
    assert "Deputy Commissioner, Rewari" in first
    with django_assert_num_queries(0):
        again = Client(headers={"accept-language": "en"}).get(DIRECTORY).content.decode()
        assert "Deputy Commissioner, Rewari" in again
    assert "उपायुक्त, रेवाड़ी" in Client().get(DIRECTORY).content.decode()
    # Another question is another list.
    other = english.get(DIRECTORY, {"q": "xyzxyz"}).content.decode()
    assert "Deputy Commissioner, Rewari" not in other


def test_offices_that_cannot_be_met_are_not_there(english: Client, cast: Cast) -> None:
    cast.rewari.active = False
    cast.rewari.save(update_fields=["active"])
    assert "/officials/DC-REW/" not in english.get(DIRECTORY).content.decode()
    assert english.get("/officials/DC-REW/").status_code == 404
    assert english.get("/appointments/new/DC-REW/").status_code == 404


class TestPost:
    def test_it_says_who_when_and_how(self, english: Client, cast: Cast) -> None:
        page = english.get("/officials/DC-REW/").content.decode()
        assert "Meera Yadav" in page
        assert "Revenue and Disaster Management" in page
        assert "the portal itself confirms your time" in page
        assert 'value="any"' in page
        assert page.count('type="radio"') > 20

    def test_a_name_of_the_past_is_not_shown(self, english: Client, cast: Cast) -> None:
        cast.rewari.charges.filter(user=cast.meera).update(ends_at=clock.now() - timedelta(days=1))
        new = make_staff("vikram", name_en="Vikram Rao", name_hi="विक्रम राव")
        give_charge(new, cast.rewari, starts_at=clock.now() - timedelta(hours=1))
        page = english.get("/officials/DC-REW/").content.decode()
        assert "Vikram Rao" in page
        assert "Meera Yadav" not in page

    def test_each_policy_is_told_in_plain_words(self, english: Client, cast: Cast) -> None:
        make_post("MIN-HOME", at_due_time="release")
        make_post("CM", at_due_time="hand_down", hand_down_to=make_post("DPS-CM"))
        assert "may ask again first" in english.get("/officials/MIN-HOME/").content.decode()
        page = english.get("/officials/CM/").content.decode()
        assert "you meet the Deputy Principal Secretary to Chief Minister instead" in page

    def test_a_taken_time_is_not_offered(self, english: Client, cast: Cast) -> None:
        span = later_span(cast.rewari)
        value = f'value="{diary.slot_value(span)}"'
        assert value in english.get("/officials/DC-REW/").content.decode()
        booked(cast, slot=span)
        assert value not in english.get("/officials/DC-REW/").content.decode()

    @pytest.mark.parametrize("bookings", [0, 12])
    def test_it_makes_at_most_six_queries_whatever_the_bookings(
        self, english: Client, cast: Cast, bookings: int, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(bookings):
            booked(cast, make_citizen(name=f"Citizen {number}"), slot=None)
            booked(cast, make_citizen(name=f"Citizen {number}"))
        with django_assert_max_num_queries(6):
            assert english.get("/officials/DC-REW/").status_code == 200

    def test_later_days_are_one_link_away(self, english: Client, cast: Cast) -> None:
        days = sorted({diary.day_of(span.start) for span in free_spans(cast.rewari)})
        page = english.get("/officials/DC-REW/").content.decode()
        assert f"from={days[7]}" in page
        later = english.get("/officials/DC-REW/", {"from": str(days[7])}).content.decode()
        assert str(days[7]) in later
        assert f"from={days[0]}" in later
        assert english.get("/officials/DC-REW/", {"from": "nonsense"}).status_code == 200

    def test_a_full_diary_still_leads_to_asking(self, english: Client, cast: Cast) -> None:
        page = english.get("/officials/DIV-GGM/").content.decode()
        assert "/appointments/new/DIV-GGM/?slot=any" in page

    def test_unknown_codes_are_not_there(self, english: Client, cast: Cast) -> None:
        assert english.get("/officials/NOBODY/").status_code == 404
        assert english.post("/officials/DC-REW/").status_code == 405


def test_hindi_is_hindi(client: Client, cast: Cast) -> None:
    client.cookies["language"] = "hi"
    page = client.get(reverse("officials:post", args=["DC-REW"])).content.decode()
    assert "उपायुक्त, रेवाड़ी" in page
    assert "मीरा यादव" in page
