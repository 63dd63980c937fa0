"""Handing a request to another post, and people who change: the clock runs on, charges decide."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from appointments.models import LadderStep, Request
from appointments.services import answers, deadlines, wishes
from appointments.services.pins import check_pin
from appointments.services.refusals import Refused
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from esachivalaya.common.states import Overtaken
from officials.models import Charge, Post
from officials.services import appoint, relieve
from tests.appointments.citizens import booked
from tests.booking import age, overdue, sent, slots
from tests.office import content, give, page, sms
from tests.papers import attach
from tests.people import (
    Cast,
    give_charge,
    make_post,
    make_staff,
    sign_in_household,
    sign_in_staff,
)

pytestmark = pytest.mark.django_db
WHY = "Stamp duty is decided in Gurugram."


def vacant(cast: Cast, kind: str) -> datetime:
    """End who has this kind of charge of DC Rewari, and with an additional one also the holder."""
    moment = clock.now()
    kinds = ["holder", kind] if kind == "additional" else [kind]
    Charge.objects.filter(post=cast.rewari, kind__in=kinds).update(ends_at=moment)
    return moment


def handed(row: Request, to: Post, cast: Cast) -> Request:
    row.refresh_from_db()
    return answers.hand_over(request=row, to=to, by=cast.meera, version=row.version, words=WHY)


class TestWhatGoesAlong:
    def test_clock_and_due_time_are_those_of_the_first_office(
        self, cast: Cast, asked: Request, gurugram: Post
    ) -> None:
        age(asked, timedelta(hours=1))
        created, due, reminder = asked.created_at, asked.due_at, asked.next_reminder_at
        done = handed(asked, gurugram, cast)
        done.refresh_from_db()
        assert (done.created_at, done.due_at, done.next_reminder_at) == (created, due, reminder)

    def test_there_and_back_again_the_clock_still_runs_on(
        self, cast: Cast, asked: Request, gurugram: Post
    ) -> None:
        due, starts_at = asked.due_at, asked.starts_at
        officer = make_staff("officer")
        give_charge(officer, gurugram)
        there = handed(asked, gurugram, cast)
        back = answers.hand_over(
            request=there, to=cast.rewari, by=officer, version=there.version, words=WHY
        )
        back.refresh_from_db()
        assert (back.post, back.due_at, back.starts_at) == (cast.rewari, due, starts_at)
        assert back.holds.get(released_at=None).post == cast.rewari
        assert answers.confirm(request=back, by=cast.meera, version=back.version).status == (
            "confirmed"
        )

    def test_history_papers_companions_and_pin_go_along(
        self, cast: Cast, gurugram: Post, client: Client
    ) -> None:
        row = booked(cast)
        pin = row.pin  # type: ignore[attr-defined]
        LadderStep.objects.create(request=row, rung="half", taken_at=clock.now())
        row.companions.create(position=1, name="Kamla Devi")
        attach(row, content=b"%PDF-1.4\n", name="map.pdf")
        done = handed(row, gurugram, cast)
        assert done.reference == row.reference
        assert check_pin(done, pin)
        assert [companion.name for companion in done.companions.all()] == ["Kamla Devi"]
        assert done.ladder.get().rung == "half"
        acts = Entry.objects.filter(subject_id=str(row.pk)).order_by("seq")
        assert list(acts.values_list("act", flat=True)) == ["requested", "handed_over"]
        officer = make_staff("officer")
        give_charge(officer, gurugram)
        paper = reverse("admin:appointments_request_paper", args=[row.reference, 1])
        sign_in_staff(client, officer)
        opened = client.get(paper)
        assert opened.status_code == 200
        sign_in_staff(client, cast.meera)
        assert client.get(paper).status_code == 404
        opened.close()

    def test_the_other_office_answers_late_it_is_the_same_breach(
        self, cast: Cast, asked: Request, gurugram: Post
    ) -> None:
        due = asked.due_at
        done = handed(asked, gurugram, cast)
        overdue(done)
        deadlines.sweep()
        done.refresh_from_db()
        assert done.breach.post == gurugram
        assert done.breach.due_at == done.due_at < due

    def test_after_the_due_time_nothing_is_handed_over(
        self, cast: Cast, asked: Request, gurugram: Post
    ) -> None:
        overdue(asked)
        with pytest.raises(Refused) as refused:
            handed(asked, gurugram, cast)
        assert refused.value.rule == "too_late"

    def test_the_citizen_and_the_new_desk_are_told_once(
        self, cast: Cast, asked: Request, gurugram: Post
    ) -> None:
        give_charge(make_staff("officer"), gurugram)
        handed(asked, gurugram, cast)
        assert sms(asked, "request_handed_over") == 1
        assert sms(asked, "office_handed_over") == 1

    def test_the_citizen_still_reaches_it_under_the_same_reference(
        self, cast: Cast, asked: Request, gurugram: Post, client: Client
    ) -> None:
        client.cookies["language"] = "en"
        handed(asked, gurugram, cast)
        sign_in_household(client, cast.household)
        shown = content(client.get(reverse("appointments:detail", args=[asked.reference])))
        assert gurugram.title_en in shown
        assert WHY in shown


class TestWhoSeesIt:
    def test_the_first_office_no_longer_sees_or_answers_it(
        self, office: Client, cast: Cast, asked: Request, gurugram: Post
    ) -> None:
        handed(asked, gurugram, cast)
        assert not Request.objects.visible_to(cast.suresh).filter(pk=asked.pk).exists()
        assert office.get(page(asked)).status_code == 404
        assert asked.subject not in content(office.get("/admin/appointments/request/"))
        fresh = Request.objects.get(pk=asked.pk)
        with pytest.raises(PermissionDenied):
            answers.confirm(request=fresh, by=cast.meera, version=fresh.version)

    def test_a_page_opened_before_it_went_does_nothing_and_says_where_it_is(
        self, office: Client, cast: Cast, asked: Request, gurugram: Post
    ) -> None:
        handed(asked, gurugram, cast)
        answer = give(office, asked, "confirm")
        assert answer.status_code == 409
        assert "no longer with your office" in answer.content.decode()
        asked.refresh_from_db()
        assert asked.status == "requested"

    def test_the_new_office_sees_and_answers_it(
        self, client: Client, cast: Cast, asked: Request, gurugram: Post
    ) -> None:
        officer = make_staff("officer")
        give_charge(officer, gurugram)
        handed(asked, gurugram, cast)
        sign_in_staff(client, officer)
        assert client.get(page(asked)).status_code == 200
        fresh = Request.objects.get(pk=asked.pk)
        assert give(client, fresh, "confirm").status_code == 302
        fresh.refresh_from_db()
        assert fresh.status == "confirmed"

    def test_a_version_from_before_the_handing_over_is_stale(
        self, cast: Cast, asked: Request, gurugram: Post
    ) -> None:
        old = asked.version
        handed(asked, gurugram, cast)
        officer = make_staff("officer")
        give_charge(officer, gurugram)
        with pytest.raises(Overtaken):
            answers.confirm(request=asked, by=officer, version=old)


class TestPeopleChange:
    """A change of charge moves nothing; who acts is decided at the moment of the act."""

    def test_a_new_officer_finds_everything_as_it_was(self, cast: Cast, asked: Request) -> None:
        before = Request.objects.filter(pk=asked.pk).values().get()
        charge = Charge.objects.get(user=cast.meera, post=cast.rewari)
        relieve(charge=charge, by=cast.gurpreet)
        successor = make_staff("successor")
        appoint(user=successor, post=cast.rewari, by=cast.gurpreet)
        assert Request.objects.filter(pk=asked.pk).values().get() == before
        assert asked.holds.filter(released_at=None).count() == 1
        with pytest.raises(PermissionDenied):
            answers.confirm(request=asked, by=cast.meera, version=asked.version)
        done = answers.confirm(request=asked, by=successor, version=asked.version)
        assert done.status == "confirmed"

    @pytest.mark.parametrize("kind", ["additional", "link_officer", "staff"])
    def test_a_charge_of_any_kind_acts_for_its_post_and_no_other(
        self, cast: Cast, gurugram: Post, kind: str
    ) -> None:
        rewari = sent(cast.rewari, cast.asha, slots(cast.rewari, 1)[0])
        other = sent(gurugram, cast.ramesh, slots(gurugram, 1)[0])
        officer = make_staff("officer")
        begun = vacant(cast, kind)
        give_charge(officer, cast.rewari, kind, starts_at=begun)
        assert list(Request.objects.visible_to(officer)) == [rewari]
        with pytest.raises(PermissionDenied):
            answers.confirm(request=other, by=officer, version=other.version)
        done = answers.confirm(request=rewari, by=officer, version=rewari.version)
        assert done.status == "confirmed"

    @pytest.mark.parametrize("kind", ["additional", "link_officer"])
    def test_not_a_second_longer_than_it_is_held(
        self, client: Client, cast: Cast, asked: Request, kind: str
    ) -> None:
        officer = make_staff("officer")
        give_charge(officer, cast.division, "staff")
        charge = give_charge(officer, cast.rewari, kind, starts_at=vacant(cast, kind))
        sign_in_staff(client, officer)
        assert client.get(page(asked)).status_code == 200
        charge.ends_at = clock.now()
        charge.save(update_fields=["ends_at"])
        assert give(client, asked, "confirm").status_code == 404
        assert client.get(page(asked)).status_code == 404
        asked.refresh_from_db()
        assert asked.status == "requested"
        assert sms(asked, "request_confirmed") == 0

    @pytest.mark.parametrize("kind", ["additional", "link_officer"])
    def test_not_a_second_before_it_begins(
        self, client: Client, cast: Cast, asked: Request, kind: str
    ) -> None:
        officer = make_staff("officer")
        begun = vacant(cast, kind)
        give_charge(officer, cast.division, "staff")
        charge = give_charge(officer, cast.rewari, kind, starts_at=clock.now() + timedelta(hours=1))
        sign_in_staff(client, officer)
        assert client.get(page(asked)).status_code == 404
        assert give(client, asked, "confirm").status_code == 404
        charge.starts_at = begun
        charge.save(update_fields=["starts_at"])
        assert give(client, asked, "confirm").status_code == 302
        asked.refresh_from_db()
        assert asked.status == "confirmed"

    def test_an_additional_charge_hears_of_it_like_the_holder(
        self, cast: Cast, asked: Request
    ) -> None:
        give_charge(cast.kavita, cast.rewari, "additional", starts_at=vacant(cast, "additional"))
        done = answers.confirm(request=asked, by=cast.kavita, version=asked.version)
        wishes.withdraw(request=done, by=None, version=done.version)
        assert sms(asked, "office_withdrawn") == 2  # the additional charge and the secretary

    def test_a_post_that_cannot_be_met_takes_nothing_over(self, cast: Cast, asked: Request) -> None:
        closed = make_post("SDM-REW", active=False)
        with pytest.raises(Refused):
            handed(asked, closed, cast)


@pytest.mark.parametrize("private", [True, False])
def test_the_handing_office_is_not_told_that_the_person_asks_the_other_office_too(
    cast: Cast, asked: Request, gurugram: Post, private: bool
) -> None:
    booked(cast, post=gurugram, private=private)
    with pytest.raises(Refused) as open_there:
        handed(asked, gurugram, cast)
    closed = make_post("SDM-REW")
    Post.objects.filter(pk=closed.pk).update(active=False)
    closed.refresh_from_db()
    with pytest.raises(Refused) as not_met:
        handed(asked, closed, cast)
    # The same sentence as for an office that is not met at all.
    assert open_there.value.message == not_met.value.message
    assert "person" not in str(open_there.value.message)
