"""What `manage.py demo` makes, and what it leaves alone."""

from collections import Counter
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from appointments.models import (
    Action,
    Attachment,
    Breach,
    Category,
    Companion,
    Draw,
    DrawWish,
    EarlierWish,
    Hold,
    Offer,
    Rating,
    Request,
)
from appointments.services.booking import due_time
from appointments.services.pins import check_pin
from esachivalaya.accounts.models import Citizen, Household, User
from esachivalaya.audit.verification import broken_links
from esachivalaya.common.slots import Span
from esachivalaya.demo import offices, sign_ins
from esachivalaya.demo.history import PIN
from esachivalaya.pages.models import Notice
from officials.diary import slots_of_posts
from officials.models import Charge, District, Holiday, Hours, Post
from tests.demo.conftest import SMALL, run

pytestmark = pytest.mark.usefixtures("demo")


def rows() -> dict[str, int]:
    """The number of rows of every table."""
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


def test_it_is_refused_outside_a_demo(settings: Any) -> None:
    settings.DEMO = False
    before = rows()
    with pytest.raises(CommandError, match=r"^This is not a demo: set DEMO=true"):
        run()
    assert rows() == before


def test_a_second_run_makes_nothing_and_says_the_same_sign_ins(demo: str) -> None:
    before = rows()
    again, progress = run()
    assert rows() == before
    assert progress == "The demo data is there already: nothing was made.\n"
    assert again == demo


def test_what_was_changed_since_the_first_run_stays() -> None:
    User.objects.filter(username="dc-rew").update(name_en="Somebody Else")
    Post.objects.filter(code="DC-REW").update(title_en="Collector, Rewari")
    run()
    assert User.objects.get(username="dc-rew").name_en == "Somebody Else"
    assert Post.objects.get(code="DC-REW").title_en == "Collector, Rewari"


def test_every_state_occurs_and_the_record_of_each_holds() -> None:
    assert set(Request.objects.values_list("status", flat=True)) == set(Request.Status.values)
    assert {Request.Kind.SLOT, Request.Kind.OPEN} == set(
        Request.objects.waiting().values_list("kind", flat=True)
    )
    assert Request.objects.overdue().exists()
    assert set(Offer.objects.values_list("status", flat=True)) >= {"open", "accepted", "refused"}
    assert set(Breach.objects.values_list("outcome", flat=True)) == set(Breach.Outcome.values)
    assert set(Attachment.objects.values_list("stored__content_type", flat=True)) == {
        "application/pdf",
        "image/png",
    }
    assert Companion.objects.exists()
    assert Request.objects.filter(private=True, status="requested").exists()
    assert list(broken_links()) == []


def test_a_stranger_sees_what_meetings_lead_to_a_draw_of_each_kind_and_a_notice() -> None:
    assert set(Action.objects.values_list("status", flat=True)) >= {"open", "reported"}
    missed = Request.objects.filter(status="missed_by_office", followed_by__isnull=False)
    assert missed.exists()
    assert Rating.objects.filter(request__post__code="DC-REW").count() >= 5
    assert EarlierWish.objects.exists()
    assert set(Draw.objects.values_list("status", flat=True)) == {"announced", "drawn"}
    wishes = DrawWish.objects.values_list("draw__status", "status")
    assert set(wishes) == {("announced", "waiting"), ("drawn", "won"), ("drawn", "lost")}
    assert Notice.objects.exists()
    assert list(broken_links()) == []


def test_past_and_present_follow_the_same_rules() -> None:
    """The history is written without the services, so it is held against their rules here."""
    posts = list(Post.objects.all())
    requests = list(Request.objects.select_related("breach"))
    held = Hold.objects.filter(released_at__isnull=True).select_related("request")
    days = [request.starts_at.date() for request in requests if request.starts_at]
    slots = slots_of_posts(posts, min(days), max(days))
    for hold in held:
        assert hold.during.lower is not None
        assert hold.during.upper is not None
        spans = [span for day in slots[hold.post_id].values() for span in day]
        assert Span(hold.during.lower, hold.during.upper) in spans, hold
        assert hold.post_id == hold.request.post_id
    for request in requests:
        if request.kind == Request.Kind.OPEN or request.asked_starts_at is None:
            assert request.due_at == due_time(request.created_at, None)
        elif request.asked_starts_at == request.starts_at and request.ends_at:
            asked = Span(request.asked_starts_at, request.ends_at)
            assert request.due_at == due_time(request.created_at, asked)
        late = request.answered_at is not None and request.answered_at >= request.due_at
        by_rule = request.confirmed_by == "rule" or request.status == "released"
        if request.follows_id is not None:
            # What is given for a missed meeting is confirmed at once, in the State's name.
            by_rule = False
        assert late == by_rule, request.status
    for breach in Breach.objects.select_related("request"):
        assert breach.due_at == breach.request.due_at < breach.recorded_at


def test_the_rule_acts_on_what_grew_old() -> None:
    """90 minutes make some of what waits overdue, 25 hours everything; the rest stays settled."""
    waiting, overdue = Request.objects.waiting().count(), Request.objects.overdue().count()
    settled = dict(Request.objects.exclude(status="requested").values_list("pk", "status"))
    run(age="90m")
    assert overdue < Request.objects.overdue().count() < waiting
    _printed, progress = run(age="25h")
    assert f"{waiting} requests wait, {waiting} of them overdue" in progress
    call_command("enforce_deadlines", stdout=StringIO())
    assert not Request.objects.waiting().exists()
    assert settled.items() <= dict(Request.objects.values_list("pk", "status")).items()
    assert list(broken_links()) == []


@pytest.mark.parametrize("age", ["25", "h", "-3h", "1w", "0m", "9999d", "२५h"])
def test_an_age_that_cannot_be_read_is_refused_in_one_sentence(age: str) -> None:
    before = rows()
    with pytest.raises(CommandError, match=r"^[^\n]+\.$"):
        run(age=age)
    assert rows() == before


@pytest.mark.parametrize("size", [{"citizens": 3}, {"citizens": 10_000}, {"posts": 1}])
def test_a_size_that_cannot_show_everything_is_refused(size: dict[str, int]) -> None:
    with pytest.raises(CommandError, match=r"^Give"):
        run(**size)


def test_sign_ins_are_printed_without_making_anything() -> None:
    before = rows()
    printed, progress = run(sign_ins=True)
    assert rows() == before
    assert progress == ""
    assert offices.PASSWORD in printed


def test_each_open_office_has_hours_a_head_and_a_private_secretary_but_for_one() -> None:
    assert (District.objects.count(), Post.objects.exclude(level="section").count()) == (23, 68)
    assert Category.objects.count() > 10
    assert Holiday.objects.values("day__year").distinct().count() == 2
    # Those who came to a Kendra have no sign-in.
    own = Household.objects.filter(user__isnull=False)
    assert Citizen.objects.filter(household__in=own).count() == SMALL["citizens"] > own.count()
    opened = set(Hours.objects.values_list("post__code", flat=True))
    assert len(opened) == SMALL["posts"]
    kinds: dict[str, Counter[str]] = {}
    for code, kind in Charge.objects.live().values_list("post__code", "kind"):
        kinds.setdefault(code, Counter())[kind] += 1
    for code in opened:
        heads = kinds[code]["holder"] + kinds[code]["additional"]
        assert heads == (0 if code == offices.VACANT else 1), code
        assert kinds[code]["staff"] == 1
    home = Charge.objects.live().filter(user__username="acs-home").order_by("pk")
    assert set(home.values_list("post__code", "kind")) == {
        ("ACS-HOME", "holder"),
        ("FCR", "additional"),
    }
    assert kinds["DC-REW"]["link_officer"] == 1


def test_staff_and_pin_of_the_demo_open_what_is_printed(demo: str) -> None:
    staff = User.objects.filter(kind=User.Kind.STAFF)
    assert all(user.check_password(offices.PASSWORD) for user in staff)
    codes = dict(sign_ins.second_factors())
    assert set(codes) == set(staff.values_list("username", flat=True))
    assert all(len(code) == 6 for code in codes.values())
    assert next(iter(codes)) == "dc-rew"
    assert PIN in demo
    for request in Request.objects.all():
        assert check_pin(request, PIN)
        assert request.reference[2:6] not in demo or request.private


def test_no_second_factor_is_shown_outside_a_demo(settings: Any) -> None:
    assert sign_ins.second_factors()
    settings.DEMO = False
    assert sign_ins.second_factors() == []
