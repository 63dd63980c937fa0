"""The pages of a request's whole life fit: the day of the meeting, what follows, the number, help.

Like tests/browser/test_pages_fit.py, whose questions are asked here of pages that need a meeting
which has begun, was held or was missed, and of the desks that are not an office's.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from playwright.sync_api import Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from appointments.models import Action, Request
from appointments.services import after_meeting, earlier_wishes
from appointments.services.after_meeting import ToDo
from esachivalaya.common.clock import day_of, now
from tests.booking import sent, slots
from tests.browser import ways
from tests.browser.test_pages_fit import judge, look
from tests.meetings import begun
from tests.people import (
    Cast,
    make_post,
    make_staff,
    open_hours,
    sign_in_household,
    sign_in_staff,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LONG = "पटवारी से पैमाइश कराकर निशानदेही की रिपोर्ट तहसील में जमा करना और आवेदक को उसकी प्रति देना"

PAGES = {
    "visitor": "/promise/DC-REW/ /l/done/withdraw/ /track/".split(),
    "citizen": """
        /appointments/{held}/ /appointments/{held}/rate/ /appointments/{coming}/
        /accounts/household/ /accounts/household/number/ /accounts/household/{person}/leave/
        /appointments/other-number/
    """.split(),
    "missed": "/appointments/{missed}/ /appointments/{given}/".split(),
    "office": """
        /admin/appointments/request/agenda/ /admin/appointments/request/actions/
        /admin/appointments/request/actions/{action}/ /admin/appointments/request/reports/
        /admin/appointments/request/diary/DC-REW/late/
        /admin/appointments/request/diary/DC-REW/{day}/shift/
        /admin/appointments/request/{held}/change/ /admin/appointments/draw/announce/DC-REW/
    """.split(),
    "setup": "/admin/officials/post/in-order/".split(),
    "help desk": "/admin/accounts/numberchange/add/ /admin/accounts/numberchange/claim/".split(),
}


def record(row: Request, cast: Cast, outcome: str, *to_do: ToDo) -> Request:
    return after_meeting.record_outcome(
        request=row,
        by=cast.meera,
        version=row.version,
        outcome=outcome,
        decision=f"{LONG}।" if outcome == "met" else "",
        actions=to_do,
    )


@pytest.fixture
def cast(settings: Settings) -> Cast:
    settings.DEMO = True
    return ways.findable_cast()


@pytest.fixture
def names(cast: Cast) -> dict[str, str]:
    """What stands in the addresses: one meeting of each kind."""
    missed = record(begun(cast, citizen=cast.ramesh), cast, "missed_by_office")
    by_day = day_of(now()) + timedelta(days=7)
    held = record(begun(cast), cast, "met", ToDo(what=LONG, post=cast.rewari, by_day=by_day))
    span = slots(cast.rewari, 1)[0]
    other = make_post("SDM-REW", reports_to=cast.rewari)
    open_hours(other)
    coming = sent(other, cast.asha, slots(other, 1)[0])
    earlier_wishes.set_wish(
        request=coming, wanted=True, by=cast.household.user, version=coming.version
    )
    return {
        "held": held.reference,
        "missed": missed.reference,
        "given": Request.objects.get(follows=missed).reference,
        "coming": coming.reference,
        "action": str(Action.objects.get().pk),
        "person": str(cast.asha.pk),
        "day": str(day_of(span.start)),
    }


def session_of(who: str, cast: Cast) -> Client:
    client = Client()
    if who in {"citizen", "missed"}:
        sign_in_household(client, cast.household)
    elif who == "office":
        sign_in_staff(client, cast.suresh)
    elif who == "setup":
        sign_in_staff(client, cast.nasreen)
    elif who == "help desk":
        sign_in_staff(client, make_staff("helper", roles=("help_desk",)))
    return client


@pytest.mark.parametrize("language", ["hi", "en"])
@pytest.mark.parametrize("who", PAGES)
def test_every_page_of_a_requests_whole_life_fits(
    visitor: Callable[..., Page],
    live_server: LiveServer,
    cast: Cast,
    names: dict[str, str],
    who: str,
    language: str,
) -> None:
    page = visitor(width=360)
    page.emulate_media(reduced_motion="reduce")
    ways.carry(page, session_of(who, cast), live_server, language=language)
    complaints = []
    for pattern in PAGES[who]:
        answer = page.goto(pattern.format(**names))
        assert answer is not None
        assert answer.status == 200, pattern
        for width in (1280, 360) if language == "hi" else (360, 1280):
            complaints += [f"{pattern} {one}" for one in look(page, language=language, width=width)]
        complaints += [f"{pattern}: {one}" for one in judge(page)]
    assert not complaints, "\n".join(complaints)
