"""Posts, departments and districts: set up by one role, recorded, and never in a circle."""

import pytest
from django.core.exceptions import PermissionDenied

from esachivalaya.audit.models import Detail, Entry
from esachivalaya.common.constraints import Refusal
from officials.chains import circles, circles_in
from officials.checks import check_chains, check_somebody_answers
from officials.models import Post
from officials.search import search
from officials.services import save_post, save_set_up
from tests import people

pytestmark = pytest.mark.django_db


def test_only_who_sets_up_saves_posts_and_departments() -> None:
    cast = people.make_cast()
    for user in (cast.meera, cast.suresh, cast.gurpreet):
        with pytest.raises(PermissionDenied):
            save_post(post=cast.rewari, by=user)
        with pytest.raises(PermissionDenied):
            save_set_up(row=cast.rewari.department, by=user)


def test_a_saved_post_is_found_at_once_and_its_change_recorded() -> None:
    cast = people.make_cast()
    cast.rewari.title_en = "Deputy Commissioner, Rewari (Haryana)"
    save_post(post=cast.rewari, by=cast.nasreen)
    assert list(search(Post.objects.all(), "collector revari")) == [cast.rewari]
    changes = Detail.objects.get(entry__act="post_changed").data["changes"]
    assert changes["title_en"]["before"] == "Deputy Commissioner, Rewari"
    save_post(post=cast.rewari, by=cast.nasreen)
    assert Entry.objects.count() == 1


def test_posts_are_found_by_the_new_name_of_their_district() -> None:
    cast = people.make_cast()
    assert cast.rewari.district is not None
    cast.rewari.district.name_en = "Ahirwal"
    save_set_up(row=cast.rewari.district, by=cast.nasreen)
    assert cast.rewari in search(Post.objects.all(), "ahirwal")


def test_a_post_does_not_report_or_hand_down_to_itself_by_way_of_others() -> None:
    cast = people.make_cast()
    cast.division.reports_to = cast.rewari
    with pytest.raises(Refusal) as refused:
        save_post(post=cast.division, by=cast.nasreen)
    assert refused.value.field == "reports_to"
    assert "DC-REW" in str(refused.value)
    cast.division.reports_to = None
    cast.division.at_due_time, cast.division.hand_down_to = "hand_down", cast.division
    with pytest.raises(Refusal) as refused:
        save_post(post=cast.division, by=cast.nasreen)
    assert refused.value.field == "hand_down_to"


def test_a_rule_of_the_database_becomes_a_sentence() -> None:
    cast = people.make_cast()
    cast.rewari.places = 0
    with pytest.raises(Refusal) as refused:
        save_post(post=cast.rewari, by=cast.nasreen)
    assert "IntegrityError" not in str(refused.value)
    assert "constraint" not in str(refused.value).lower()


def test_every_circle_is_named_once_from_its_first_code() -> None:
    assert circles_in({"A": "B", "B": "C", "C": "A", "D": "A", "E": "F"}) == [["A", "B", "C", "A"]]
    assert circles_in({"Z": "Z", "Y": "Z"}) == [["Z", "Z"]]
    assert circles_in({}) == []


def test_the_check_finds_circles_and_hand_downs_to_closed_posts() -> None:
    cast = people.make_cast()
    Post.objects.filter(pk=cast.division.pk).update(reports_to=cast.rewari)
    Post.objects.filter(pk=cast.rewari.pk).update(
        at_due_time="hand_down", hand_down_to=people.make_post("SDM-REW", active=False)
    )
    found = {message.id for message in check_chains(databases=["default"])}
    assert found == {"officials.E001", "officials.E003"}
    assert circles("hand_down_to") == []
    Post.objects.filter(pk=cast.division.pk).update(
        at_due_time="hand_down", hand_down_to=cast.division
    )
    found = {message.id for message in check_chains(databases=["default"])}
    assert "officials.E002" in found


def test_the_check_finds_successors_in_a_circle() -> None:
    cast = people.make_cast()
    other = people.make_post("DC-GGM", active=False, succeeded_by=cast.rewari)
    Post.objects.filter(pk=cast.rewari.pk).update(active=False, succeeded_by=other)
    (message,) = check_chains(databases=["default"])
    assert message.id == "officials.E004"
    assert "DC-GGM → DC-REW → DC-GGM" in message.msg


def test_the_check_names_open_posts_that_nobody_holds() -> None:
    cast = people.make_cast()
    assert check_somebody_answers(databases=["default"]) == []
    people.open_hours(people.make_post("DC-GGM"))
    (message,) = check_somebody_answers(databases=["default"])
    assert message.id == "officials.W001"
    assert "DC-GGM" in message.msg
    assert cast.rewari.code not in message.msg


def test_the_checks_ask_nothing_unless_the_database_is_to_be_checked() -> None:
    assert check_chains() == check_somebody_answers() == []
