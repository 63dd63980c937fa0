"""Typing what one knows of an office finds it, in either language and in usual misspellings."""

import io

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from officials.models import Post
from officials.search import search
from tests import people

pytestmark = pytest.mark.django_db


FIRST = {
    "DC Rewari": "DC-REW",
    "dc rewari": "DC-REW",
    "D C Rewari": "DC-REW",
    "Rewari DC office": "DC-REW",
    "DC-REW": "DC-REW",
    "डीसी रेवाड़ी": "DC-REW",
    "उपायुक्त, रेवाड़ी": "DC-REW",
    "रेवाड़ी": "DC-REW",
    "रेवाडी": "DC-REW",
    "revari": "DC-REW",
    "rewadi": "DC-REW",
    "रेवाड़ी के उपायुक्त": "DC-REW",
    "गृह मंत्री": "MIN-HOME",
    "grih mantri": "MIN-HOME",
    "home": "MIN-HOME",
    "home minister": "MIN-HOME",
    "mukhyamantri": "CM",
    "mukhya mantri": "CM",
    "मुख्यमंत्री": "CM",
    "सीएम": "CM",
    "chief minster": "CM",
    "police commissioner panchkula": "CP-PKL",
    "comissioner of police panchkula": "CP-PKL",
    "एसडीएम": "SDM-REW",
    "sdm": "SDM-REW",
    "collector hisar": "DC-HSR",
    "gurgaon dc": "DC-GGM",
    "home secretary": "ACS-HOME",
    "मुख्य सचिव": "CS",
    "पेंशन": "DSWO-REW",
    "विधायक हिसार": "MLA-HSR",
}


@pytest.fixture
def posts(db: None) -> None:
    for name in ("districts", "departments", "posts"):
        call_command(f"import_{name}", stdout=io.StringIO())


def codes(text: str) -> list[str]:
    return [post.code for post in search(Post.objects.visible_to(None), text)]


@pytest.mark.usefixtures("posts")
def test_what_people_type_finds_the_post_first() -> None:
    found = {text: codes(text)[:1] for text in FIRST}
    assert found == {text: [first] for text, first in FIRST.items()}


@pytest.mark.usefixtures("posts")
def test_a_kind_of_office_finds_all_of_its_kind_first() -> None:
    for text in ("upayukt", "उपायुक्त", "upaayukta", "deputy commissioner", "dc"):
        assert {code.split("-")[0] for code in codes(text)[:23]} == {"DC"}, text


@pytest.mark.usefixtures("posts")
def test_words_that_are_nowhere_find_nothing_and_signs_are_harmless() -> None:
    assert codes("xyzzyqwert") == []
    assert codes("%") == codes("' OR 1=1 --_") == codes("\x00\\") == []


def test_blank_text_leaves_the_posts_as_they_are() -> None:
    people.make_post()
    assert codes("  ") == ["DC-REW"]


def test_posts_that_cannot_be_met_are_not_found() -> None:
    people.make_post(active=False, search_words="| dk revari | #  ")
    assert codes("dc rewari") == []


@pytest.mark.usefixtures("posts")
def test_a_very_long_text_costs_two_statements_with_few_conditions() -> None:
    with CaptureQueriesContext(connection) as queries:
        codes("upayukt rewari " * 5000)
    assert len(queries) == 2
    assert all(len(query["sql"]) < 10_000 for query in queries)


@pytest.mark.usefixtures("posts")
def test_words_that_are_nearly_right_count_only_where_nothing_has_them_as_typed() -> None:
    """Comparing trigrams takes twenty times as long as finding what stands there."""
    with CaptureQueriesContext(connection) as queries:
        assert "DC-REW" in codes("upayukt rewari")
    assert not any("%>>" in query["sql"] for query in queries)
    assert "DC-REW" in codes("upayukt rewdari")
