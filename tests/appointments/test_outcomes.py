"""What became of a meeting: recorded once it has begun, told to the citizen, with what follows."""

from datetime import timedelta

import pytest
from django.test import Client

from appointments.models import Action, Outcome, Request
from appointments.services import after_meeting, presence
from appointments.services.after_meeting import ToDo
from appointments.services.refusals import Refused
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from tests.meetings import DECISION, action_of, begun, confirmed, held, sms_to, to_do, today
from tests.office import assert_strict, content, give, page, queries, sms
from tests.people import Cast, make_post

pytestmark = pytest.mark.django_db


def recorded(row: Request, cast: Cast, outcome: str, **said: object) -> Request:
    return after_meeting.record_outcome(
        request=row,
        by=cast.meera,
        version=row.version,
        outcome=outcome,
        **said,  # type: ignore[arg-type]
    )


def test_the_outcome_is_recorded_only_once_the_meeting_has_begun(cast: Cast) -> None:
    row = confirmed(cast)
    with pytest.raises(Refused) as refused:
        recorded(row, cast, "met", decision=DECISION)
    assert refused.value.rule == "not_begun"


def test_a_held_meeting_says_what_was_decided_and_the_citizen_is_told_once(cast: Cast) -> None:
    row = held(cast)
    assert row.status == "met"
    outcome = Outcome.objects.get(request=row)
    assert (outcome.decision, outcome.recorded_by) == (DECISION, cast.meera)
    assert sms(row, "outcome_recorded") == 1


@pytest.mark.parametrize("decision", ["", "too short", "x" * 2001])
def test_a_held_meeting_without_a_decision_is_refused(cast: Cast, decision: str) -> None:
    row = begun(cast)
    with pytest.raises(Refused) as refused:
        recorded(row, cast, "met", decision=decision)
    assert refused.value.field == "decision"
    row.refresh_from_db()
    assert row.status == "confirmed"


def test_what_is_to_be_done_is_told_to_each_acting_post_once(cast: Cast) -> None:
    row = held(cast, to_do(cast.rewari, 10), to_do(cast.division, 20), to_do(cast.division, 5))
    assert [one.position for one in Action.objects.order_by("position")] == [1, 2, 3]
    assert sms_to(cast.suresh, "office_action_given") == 1
    assert sms_to(cast.kavita, "office_action_given") == 1
    assert Entry.objects.filter(act="action_given", subject_id=str(row.pk)).count() == 3


@pytest.mark.parametrize("days", [-1, 367])
def test_a_day_before_today_or_beyond_a_year_is_refused(cast: Cast, days: int) -> None:
    row = begun(cast)
    wanted = ToDo("Measure the fields", cast.rewari, today() + timedelta(days=days), 2)
    with pytest.raises(Refused) as refused:
        recorded(row, cast, "met", decision=DECISION, actions=[wanted])
    assert refused.value.field == "by_day_2"
    assert not Outcome.objects.exists()


def test_a_post_that_is_closed_and_a_fourth_action_are_refused(cast: Cast) -> None:
    row = begun(cast)
    closed = make_post("SDM-REW", active=False)
    with pytest.raises(Refused) as refused:
        recorded(row, cast, "met", decision=DECISION, actions=[to_do(closed)])
    assert refused.value.field == "post_1"
    with pytest.raises(Refused):
        recorded(row, cast, "met", decision=DECISION, actions=[to_do(cast.rewari)] * 4)


def test_a_citizen_who_was_there_is_not_recorded_as_missing(cast: Cast) -> None:
    row = begun(cast)
    presence.citizen_came(request=row, by=None)
    with pytest.raises(Refused) as refused:
        recorded(row, cast, "missed_by_citizen")
    assert refused.value.rule == "citizen_came"
    presence.take_back(request=row, side="citizen", by=cast.suresh)
    assert recorded(row, cast, "missed_by_citizen").status == "missed_by_citizen"
    assert sms(row, "missed_by_citizen") == 1


def test_a_private_meetings_outcome_is_told_without_name_or_office(cast: Cast) -> None:
    row = held(cast, private=True)
    assert sms(row, "outcome_recorded_private") == 1
    assert sms(row, "outcome_recorded") == 0


# --- the form


def test_the_form_keeps_what_was_typed_and_says_what_is_missing(office: Client, cast: Cast) -> None:
    row = begun(cast)
    shown = give(office, row, "outcome", outcome="met", decision="", what_1="Measure the fields")
    page_shown = content(shown)
    assert "Write what was decided" in page_shown
    assert "Choose by when it is to be done." in page_shown
    assert 'value="Measure the fields"' in page_shown
    row.refresh_from_db()
    assert row.status == "confirmed"


def test_the_form_records_the_decision_and_up_to_three_actions(office: Client, cast: Cast) -> None:
    row = begun(cast)
    done = give(
        office,
        row,
        "outcome",
        outcome="met",
        decision=DECISION,
        what_1="Measure the fields",
        post_1=str(cast.division.pk),
        by_day_1=str(today() + timedelta(days=7)),
        post_2=str(cast.rewari.pk),
    )
    assert done.status_code == 302
    action = action_of(row)
    assert (action.what, action.post) == ("Measure the fields", cast.division)
    shown = content(office.get(page(row)))
    assert DECISION in shown
    assert "Measure the fields" in shown


def test_a_day_out_of_reach_is_told_at_its_field(office: Client, cast: Cast) -> None:
    row = begun(cast)
    shown = give(
        office,
        row,
        "outcome",
        outcome="met",
        decision=DECISION,
        what_2="Measure",
        post_2=str(cast.rewari.pk),
        by_day_2="2020-07-21",
    )
    assert shown.status_code == 409
    assert shown.context["form"].errors["by_day_2"]
    assert not Outcome.objects.exists()


def test_who_was_there_chooses_the_outcome_beforehand(office: Client, cast: Cast) -> None:
    row = begun(cast)
    presence.office_came(request=row, by=cast.meera)
    shown = office.get(page(row), {"answer": "outcome"})
    assert shown.context["form"]["outcome"].value() == "missed_by_citizen"
    presence.citizen_came(request=row, by=None)
    assert office.get(page(row)).context["form"]["outcome"].value() == "met"


def test_the_outcome_form_is_strict_and_its_queries_are_few(office: Client, cast: Cast) -> None:
    row = begun(cast)
    assert_strict(office.get(page(row), {"answer": "outcome"}))
    assert len(queries(office, page(row), answer="outcome")) <= 26


def test_the_first_reminder_of_an_outcome_is_the_first_morning_after_24_hours(cast: Cast) -> None:
    row = confirmed(cast)
    row.refresh_from_db()
    assert row.ends_at is not None
    due = row.ends_at + timedelta(hours=24)
    assert row.next_reminder_at is not None
    assert row.next_reminder_at.astimezone(clock.IST).hour == 8
    assert due <= row.next_reminder_at < due + timedelta(hours=24)
