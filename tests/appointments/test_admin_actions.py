"""The office's list of what is to be done, the page of one action, and the desk."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from appointments.models import Action, Request
from appointments.services import actions
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from tests.meetings import DECISION, action_of, begun, days_pass, held, to_do
from tests.office import assert_strict, content, queries
from tests.people import Cast, make_citizen, make_staff, sign_in_household, sign_in_staff

pytestmark = pytest.mark.django_db
LIST = "/admin/appointments/request/actions/"
DESK = "/admin/"
WORDS = "The fields were measured."


def page(action: Action) -> str:
    return reverse("admin:appointments_action", args=[action.pk])


@pytest.fixture
def superior(cast: Cast) -> Client:
    """The browser of who holds the division, to which DC Rewari reports."""
    client = Client()
    client.cookies["language"] = "en"
    return sign_in_staff(client, cast.kavita)


def test_the_list_shows_what_ones_posts_are_to_do_by_day(office: Client, cast: Cast) -> None:
    held(cast, to_do(cast.rewari, 9, "The later one"), to_do(cast.rewari, 2, "The sooner one"))
    shown = content(office.get(LIST))
    assert shown.index("The sooner one") < shown.index("The later one")
    assert "Asha" in shown


def test_overdue_and_reported_have_lists_of_their_own(office: Client, cast: Cast) -> None:
    action = action_of(held(cast, to_do(cast.rewari, 1)))
    assert "Nothing stands here" in content(office.get(LIST, {"show": "overdue"}))
    days_pass(action, 3)
    assert action.what in content(office.get(LIST, {"show": "overdue"}))
    actions.report(action=action, by=cast.suresh, version=1, words=WORDS)
    assert action.what not in content(office.get(LIST, {"show": "overdue"}))
    assert action.what in content(office.get(LIST, {"show": "reported"}))


def test_the_acting_post_reads_what_it_needs_and_no_more(superior: Client, cast: Cast) -> None:
    action = action_of(held(cast, to_do(cast.division)))
    shown = content(superior.get(page(action)))
    for words in (DECISION, action.what, "Asha", "98000 00001"):
        assert words in shown, words
    assert "Asha Devi" not in shown
    assert action.outcome.request.subject not in shown
    request = reverse("admin:appointments_request_change", args=[action.outcome.request.reference])
    assert request not in shown
    assert superior.get(request).status_code == 404


def test_of_a_private_meeting_no_person_is_named(superior: Client, cast: Cast) -> None:
    action = action_of(held(cast, to_do(cast.division), private=True))
    for shown in (content(superior.get(page(action))), content(superior.get(LIST))):
        assert "Asha" not in shown
        assert "98000 00001" not in shown
        assert DECISION not in shown


def test_the_acting_post_reports_it_once(office: Client, cast: Cast) -> None:
    action = action_of(held(cast, to_do(cast.rewari)))
    said = {"key": new_key(), "version": "1", "words": WORDS}
    assert office.post(page(action), said).url == LIST
    assert office.post(page(action), said).url == LIST
    action.refresh_from_db()
    assert (action.status, action.words, action.version) == ("reported", WORDS, 2)
    stale = office.post(page(action), {**said, "key": new_key()})
    assert stale.status_code == 409


def test_words_that_are_missing_or_stale_are_kept(office: Client, cast: Cast) -> None:
    action = action_of(held(cast, to_do(cast.rewari)))
    shown = content(office.post(page(action), {"key": new_key(), "version": "1", "words": "ok"}))
    assert "is-invalid" in shown
    Action.objects.filter(pk=action.pk).update(version=2)
    stale = office.post(page(action), {"key": new_key(), "version": "1", "words": WORDS})
    assert stale.status_code == 409
    assert WORDS in content(stale)


def test_who_only_held_the_meeting_reads_and_does_not_report(office: Client, cast: Cast) -> None:
    action = action_of(held(cast, to_do(cast.division)))
    shown = content(office.get(page(action)))
    assert "Report it as done" not in shown
    said = {"key": new_key(), "version": "1", "words": WORDS}
    assert office.post(page(action), said).status_code == 404
    assert action.what in content(office.get(LIST, {"show": "ours"}))


def test_what_is_nobodys_business_is_not_there(cast: Cast, superior: Client) -> None:
    action = action_of(held(cast, to_do(cast.rewari)))
    assert superior.get(page(action)).status_code == 404
    assert superior.get("/admin/appointments/request/actions/999999/").status_code == 404
    nobody = sign_in_staff(Client(), make_staff("nobody"))
    assert nobody.get(LIST).status_code in {302, 403, 404}
    assert nobody.get(page(action)).status_code in {302, 403, 404}
    household = sign_in_household(Client(), cast.household)
    assert household.get(LIST).status_code in {302, 403, 404}


def test_the_superior_sees_what_was_not_done_below_and_not_whom_it_is_for(
    superior: Client, cast: Cast
) -> None:
    action = action_of(held(cast, to_do(cast.rewari, 1)))
    assert action.what not in content(superior.get(LIST, {"show": "below"}))
    days_pass(action, 2)
    for shown in (content(superior.get(LIST, {"show": "below"})), content(superior.get(DESK))):
        assert action.what in shown
        assert "Asha" not in shown
        assert "98000" not in shown
        assert page(action) not in shown


def test_the_desk_shows_what_is_to_be_done_and_which_outcomes_are_missing(
    office: Client, cast: Cast
) -> None:
    action = action_of(held(cast, to_do(cast.rewari)))
    row = begun(cast, citizen=cast.ramesh)
    Request.objects.filter(pk=row.pk).update(
        starts_at=clock.now() - timedelta(hours=26), ends_at=clock.now() - timedelta(hours=25)
    )
    shown = content(office.get(DESK))
    assert action.what in shown
    assert "Outcome missing for more than a day" in shown
    assert reverse("admin:appointments_agenda") in shown


def test_pages_are_strict_and_take_the_same_queries(office: Client, cast: Cast) -> None:
    action = action_of(held(cast, to_do(cast.rewari)))
    for address in (LIST, page(action)):
        assert_strict(office.get(address))
    one, desk = queries(office, LIST), queries(office, DESK)
    for name in ("Ramesh", "Sunita"):
        citizen = make_citizen(cast.household, name)
        held(cast, *[to_do(cast.rewari, days) for days in (3, 4, 5)], citizen=citizen)
    assert len(queries(office, LIST)) == len(one) <= 12, "\n".join(one)
    assert len(queries(office, DESK)) == len(desk)
