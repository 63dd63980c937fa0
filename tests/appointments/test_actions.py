"""What is to be done after a meeting: reported, asked about, reminded of, told to the superior."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from appointments.models import Action, Request, ShortLink
from appointments.services import actions, follow_up, unrecorded
from appointments.services.refusals import Refused
from appointments.tasks import follow_up_meetings
from esachivalaya.audit.models import Entry
from esachivalaya.audit.services import subject_of
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from esachivalaya.common.states import Overtaken
from esachivalaya.notifications.models import Message
from tests.meetings import action_of, begun, days_pass, held, sms_to, to_do
from tests.office import sms
from tests.people import Cast, make_cast, sign_in_household

pytestmark = pytest.mark.django_db
WORDS = "The fields were measured and the stones were set."


def acting(cast: Cast, days: int = 10, **wish: Any) -> tuple[Request, Action]:
    """Asha's meeting, after which DC Rewari is to act."""
    row = held(cast, to_do(cast.rewari, days), **wish)
    return row, action_of(row)


def reported(cast: Cast, **wish: Any) -> tuple[Request, Action]:
    row, action = acting(cast, **wish)
    return row, actions.report(action=action, by=cast.suresh, version=1, words=WORDS)


def link_in(row: Request, template: str) -> str:
    message = Message.objects.filter(
        subject_id=str(row.pk), channel="sms", template__key__startswith=template
    ).latest("id")
    found = re.search(r"/l/[A-Za-z0-9_-]+/", message.body)
    assert found, message.body
    return found.group()


# --- what the acting post and the citizen say


def test_reporting_asks_the_citizen_at_once(cast: Cast) -> None:
    row, action = reported(cast)
    assert (action.status, action.words, action.reported_by) == ("reported", WORDS, cast.suresh)
    assert sms(row, "action_reported") == 1
    assert link_in(row, "action_reported")


def test_only_the_acting_post_reports(cast: Cast) -> None:
    _row, action = acting(cast)
    with pytest.raises(PermissionDenied):
        actions.report(action=action, by=cast.kavita, version=1, words=WORDS)
    with pytest.raises(Refused):
        actions.report(action=action, by=cast.suresh, version=1, words=" ok ")


def test_a_stale_page_reports_nothing(cast: Cast) -> None:
    _row, action = reported(cast)
    with pytest.raises(Overtaken):
        actions.report(action=action, by=cast.suresh, version=1, words=WORDS)
    with pytest.raises(Overtaken):
        actions.report(action=action, by=cast.suresh, version=action.version, words=WORDS)


def test_done_ends_it(cast: Cast) -> None:
    _row, action = reported(cast)
    done = actions.say(action=action, done=True, by=None, version=action.version)
    assert (done.status, done.next_reminder_on) == ("done", None)
    with pytest.raises(Overtaken):
        actions.say(action=done, done=False, by=None, version=done.version)


def test_not_done_goes_to_the_superior_and_back_to_the_acting_post(cast: Cast) -> None:
    row, action = reported(cast)
    said = actions.say(action=action, done=False, by=None, version=action.version)
    assert said.status == "not_done"
    assert sms_to(cast.kavita, "office_superior_not_done") == 1
    assert sms_to(cast.suresh, "office_action_not_done") == 1
    assert said.next_reminder_on is not None
    again = actions.report(action=said, by=cast.suresh, version=said.version, words=WORDS)
    assert again.status == "reported"
    assert sms(row, "action_reported") == 2


def test_before_its_day_the_citizen_cannot_say_that_it_was_not_done(cast: Cast) -> None:
    _row, action = acting(cast, 2)
    with pytest.raises(Refused) as refused:
        actions.say(action=action, done=False, by=None, version=1)
    assert refused.value.rule == "not_yet"
    days_pass(action, 2)
    assert actions.say(action=action, done=False, by=None, version=1).status == "not_done"


# --- the sweep


def test_the_acting_post_is_reminded_three_days_before_and_on_the_day(cast: Cast) -> None:
    row, action = acting(cast, 4)
    assert follow_up.sweep() == 0
    days_pass(action, 1)
    assert follow_up.sweep() == 1
    assert follow_up.sweep() == 0
    assert sms_to(cast.suresh, "office_actions_due") == 1
    days_pass(action, 3)
    follow_up.sweep()
    assert sms(row, "action_due_question") == 1
    action.refresh_from_db()
    assert action.asked_at is not None
    assert action.next_reminder_on == action.by_day + timedelta(days=1)


def test_the_day_after_the_superior_is_told_once_for_all(cast: Cast) -> None:
    row = held(cast, to_do(cast.rewari, 1), to_do(cast.rewari, 1, "Send the order"))
    for action in Action.objects.filter(outcome__request=row):
        days_pass(action, 2)
    follow_up.sweep()
    follow_up.sweep()
    assert sms_to(cast.kavita, "office_superior_actions") == 1
    told = Message.objects.get(
        to=cast.kavita.phone, template__key="office_superior_actions", channel="sms"
    )
    assert ": 2" in told.body
    assert Action.objects.filter(escalated_at__isnull=False, next_reminder_on=None).count() == 2
    # Workers were dead on the day itself: the citizen is asked all the same, once for each.
    assert sms(row, "action_due_question") == 2


def test_what_was_reported_and_not_objected_to_for_14_days_is_closed(cast: Cast) -> None:
    row, action = reported(cast)
    days_pass(action, 13)
    assert follow_up.sweep() == 0
    days_pass(action, 1)
    assert follow_up.sweep() == 1
    action.refresh_from_db()
    assert action.status == "closed"
    assert sms(row, "action_closed") == 1


def test_what_is_not_done_is_reminded_of_anew(cast: Cast) -> None:
    _row, action = reported(cast)
    said = actions.say(action=action, done=False, by=None, version=action.version)
    days_pass(said, 3)
    follow_up.sweep()
    assert sms_to(cast.suresh, "office_actions_due") == 1
    said.refresh_from_db()
    assert (said.status, said.next_reminder_on) == ("not_done", None)


def test_the_task_comes_twice_and_does_it_once(cast: Cast) -> None:
    row, action = acting(cast, 1)
    days_pass(action, 1)
    follow_up_meetings()
    follow_up_meetings()
    assert sms(row, "action_due_question") == 1


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_take_each_step_once(race: Callable[..., list[Any]]) -> None:
    cast = make_cast()
    row, action = acting(cast, 1)
    days_pass(action, 1)
    outcomes = race(follow_up.sweep, follow_up.sweep, follow_up.sweep)
    assert [one.error for one in outcomes] == [None, None, None]
    assert sum(one.value for one in outcomes) == 1
    assert sms(row, "action_due_question") == 1
    kind, pk = subject_of(row)
    assert Entry.objects.filter(subject_kind=kind, subject_id=pk, act="action_asked").count() == 1


@pytest.mark.django_db(transaction=True)
def test_done_against_not_done_has_one_winner(race: Callable[..., list[Any]]) -> None:
    _row, action = reported(make_cast())

    def say(done: bool) -> Callable[[], Action]:
        return lambda: actions.say(action=action, done=done, by=None, version=action.version)

    outcomes = race(say(True), say(False))
    assert [one.ok for one in outcomes].count(True) == 1
    assert isinstance(next(one.error for one in outcomes if not one.ok), Overtaken)


# --- outcomes that nobody recorded


def test_an_outcome_that_is_missing_is_reminded_of_three_times_then_told_above(cast: Cast) -> None:
    row = begun(cast)
    assert unrecorded.sweep() == 0
    for _day in range(4):
        Request.objects.filter(pk=row.pk).update(next_reminder_at=clock.now())
        assert unrecorded.sweep() == 1
        assert unrecorded.sweep() == 0
    acts = Entry.objects.filter(subject_id=str(row.pk))
    assert acts.filter(act="outcome_reminded").count() == 3
    assert acts.filter(act="outcome_escalated").count() == 1
    # All four on one day: the office has one message of the day.
    assert sms_to(cast.suresh, "office_outcomes_missing") == 1
    assert sms_to(cast.kavita, "office_superior_outcomes") == 1
    row.refresh_from_db()
    assert row.next_reminder_at is None


def test_several_missing_outcomes_of_an_office_are_one_message_a_day(cast: Cast) -> None:
    for citizen in (cast.asha, cast.ramesh):
        row = begun(cast, citizen=citizen)
        Request.objects.filter(pk=row.pk).update(next_reminder_at=clock.now())
    assert unrecorded.sweep() == 2
    assert sms_to(cast.suresh, "office_outcomes_missing") == 1


def test_a_recorded_outcome_is_reminded_of_no_more(cast: Cast) -> None:
    row = held(cast)
    row.refresh_from_db()
    assert row.next_reminder_at is None


# --- the citizen's pages


def test_the_link_shows_two_buttons_and_acts_once(client: Client, cast: Cast) -> None:
    client.cookies["language"] = "en"
    row, action = reported(cast)
    path = link_in(row, "action_reported")
    shown = client.get(path)
    assert WORDS in shown.content.decode()
    action.refresh_from_db()
    assert action.status == "reported"
    key = new_key()
    assert client.post(path, {"key": key, "said": "not_done"}).status_code == 302
    assert client.post(path, {"key": key, "said": "not_done"}).status_code == 302
    assert client.post(path, {"key": new_key(), "said": "done"}).status_code == 404
    action.refresh_from_db()
    assert action.status == "not_done"
    assert ShortLink.objects.get(action=action).used_at is not None


def test_a_press_without_an_answer_leaves_the_link_alive(client: Client, cast: Cast) -> None:
    row, _action = reported(cast)
    path = link_in(row, "action_reported")
    assert client.post(path, {"key": new_key(), "said": "perhaps"}).status_code == 404
    assert client.get(path).status_code == 200


def test_the_link_dies_when_the_page_has_answered(client: Client, cast: Cast) -> None:
    row, action = reported(cast)
    actions.say(action=action, done=True, by=None, version=action.version)
    assert client.get(link_in(row, "action_reported")).status_code == 404


def test_the_link_of_a_private_matter_says_nothing_of_it(client: Client, cast: Cast) -> None:
    client.cookies["language"] = "en"
    row, action = reported(cast, private=True)
    shown = client.get(link_in(row, "action_reported")).content.decode()
    assert action.what not in shown
    assert WORDS not in shown
    assert cast.rewari.title_en not in shown


def test_the_household_reads_decision_and_action_and_answers(client: Client, cast: Cast) -> None:
    client.cookies["language"] = "en"
    row, action = reported(cast)
    sign_in_household(client, cast.household)
    address = reverse("appointments:detail", args=[row.reference])
    shown = client.get(address).content.decode()
    for words in (action.what, WORDS, cast.rewari.title_en, "Was it done?", "How was the meeting?"):
        assert words in shown, words
    answer = {
        "key": new_key(),
        "version": action.version,
        "action": action.pk,
        "said": "done",
    }
    assert (
        client.post(reverse("appointments:say-done", args=[row.reference]), answer).url == address
    )
    action.refresh_from_db()
    assert action.status == "done"
    assert "Was it done?" not in client.get(address).content.decode()


def test_an_action_of_somebody_else_is_not_there(client: Client, cast: Cast) -> None:
    row, action = reported(cast)
    other = held(cast, to_do(cast.rewari), citizen=cast.ramesh)
    sign_in_household(client, cast.household)
    answer = {"key": new_key(), "version": 2, "action": action.pk, "said": "done"}
    address = reverse("appointments:say-done", args=[other.reference])
    assert client.post(address, answer).status_code == 404
    assert client.get(address).status_code == 405
    assert client.post(address, {}).status_code == 302
    action.refresh_from_db()
    assert action.status == "reported"
    assert row.reference != other.reference
