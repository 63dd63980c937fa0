"""Taking an earlier time, by the link and on the own page; two at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from appointments.models import EarlierWish, FreedTime, Hold, Request
from appointments.services import earlier, earlier_wishes, link_acts, wishes
from appointments.services.refusals import Refused
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from esachivalaya.common.slots import Span
from esachivalaya.notifications.models import Message
from tests.appointments.earlier import (
    Race,
    far_slots,
    give_up,
    link_in,
    meeting,
    token_in,
    waiting,
    wishing,
)
from tests.booking import sent
from tests.office import content, sms, told
from tests.people import (
    Cast,
    make_cast,
    make_citizen,
    make_household,
    sign_in_household,
    sign_in_staff,
)

pytestmark = pytest.mark.django_db


class TestTaking:
    def told_of(self, cast: Cast, **wish: Any) -> tuple[Request, Span, Span]:
        one, two = far_slots(cast, 2)
        row = wishing(meeting(cast, two, **wish))
        give_up(meeting(cast, one))
        earlier.draw()
        return row, one, two

    def test_get_shows_both_times_and_changes_nothing(self, client: Client, cast: Cast) -> None:
        client.cookies["language"] = "en"
        row, _one, two = self.told_of(cast)
        page = content(client.get(link_in(row)))
        assert "Take this time" in page
        assert row.citizen.name not in page
        row.refresh_from_db()
        assert row.starts_at == two.start

    def test_pressing_moves_the_meeting_and_its_reminders(self, client: Client, cast: Cast) -> None:
        client.cookies["language"] = "en"
        row, one, _two = self.told_of(cast)
        answer = client.post(link_in(row), {"key": new_key()})
        assert answer["Location"] == "/l/done/earlier/"
        assert "The earlier time is yours" in content(client.get(answer["Location"]))
        row.refresh_from_db()
        assert (row.status, row.starts_at) == ("confirmed", one.start)
        assert Hold.objects.get(request=row, released_at=None).during.lower == one.start
        assert sms(row, "request_moved") == 1
        reminder = Message.objects.filter(
            subject_id=str(row.pk), template__key="reminder_hour", channel="sms"
        ).exclude(status="cancelled")
        assert [entry.due_at for entry in reminder] == [one.start - timedelta(hours=1)]

    def test_a_waiting_request_keeps_its_due_time(self, cast: Cast) -> None:
        one, two = far_slots(cast, 2)
        row = wishing(waiting(cast, two))
        give_up(meeting(cast, one))
        earlier.draw()
        link_acts.use(token=token_in(row), key=new_key())
        moved = Request.objects.get(pk=row.pk)
        assert (moved.status, moved.starts_at, moved.due_at) == (
            "requested",
            one.start,
            row.due_at,
        )

    def test_the_kendras_share_does_not_hold_up_the_winner(self, cast: Cast) -> None:
        household = make_household()
        citizen = make_citizen(household)
        one, two = far_slots(cast, 2)
        row = wishing(meeting(cast, two, citizen=citizen, channel="own_phone"))
        give_up(meeting(cast, one))
        earlier.draw()
        cast.rewari.kendra_share_percent = 100
        cast.rewari.save()
        with pytest.raises(Refused):
            wishes.ask_other_time(request=row, slot=one, by=None, version=row.version)
        link_acts.use(token=token_in(row), key=new_key())
        row.refresh_from_db()
        assert row.starts_at == one.start

    def test_whoever_is_too_late_reads_a_kind_sentence_and_keeps_their_time(
        self, client: Client, cast: Cast
    ) -> None:
        client.cookies["language"] = "en"
        row, one, two = self.told_of(cast)
        waiting(cast, one)
        for page in (client.get(link_in(row)), client.post(link_in(row), {"key": new_key()})):
            assert "Somebody else was quicker" in content(page)
        row.refresh_from_db()
        assert row.starts_at == two.start

    def test_within_the_minimum_notice_nothing_is_taken(self, client: Client, cast: Cast) -> None:
        row, one, two = self.told_of(cast)
        cast.rewari.minimum_notice_hours = int((one.start - clock.now()) / timedelta(hours=1)) + 1
        cast.rewari.save()
        with pytest.raises(link_acts.Outrun):
            link_acts.use(token=token_in(row), key=new_key())
        row.refresh_from_db()
        assert row.starts_at == two.start

    def test_nobody_takes_a_time_that_they_were_not_told_of(self, cast: Cast) -> None:
        _row, _one, _two = self.told_of(cast)
        stranger = meeting(cast, far_slots(cast, 6)[-1])
        with pytest.raises(earlier.TimeGone):
            earlier.take(
                request=stranger,
                freed=FreedTime.objects.get(),
                by=None,
                version=stranger.version,
            )


class TestOwnPage:
    def signed_in(self, client: Client, cast: Cast) -> Client:
        client.cookies["language"] = "en"
        return sign_in_household(client, cast.household)

    def post(self, client: Client, row: Request, name: str, **data: Any) -> Any:
        row.refresh_from_db()
        address = reverse(f"appointments:{name}", args=[row.reference])
        return client.post(address, {"key": new_key(), "version": row.version, **data})

    def page(self, client: Client, row: Request) -> str:
        return content(client.get(reverse("appointments:detail", args=[row.reference])))

    def test_one_asks_to_be_told_and_not_to_be_told(self, client: Client, cast: Cast) -> None:
        self.signed_in(client, cast)
        row = meeting(cast, far_slots(cast, 1)[0], citizen=cast.asha)
        assert "Tell me when an earlier time becomes free" in self.page(client, row)
        answer = self.post(client, row, "earlier", wanted="yes")
        assert "You are told by SMS" in told(answer)
        assert "Do not tell me of earlier times" in self.page(client, row)
        self.post(client, row, "earlier", wanted="no")
        assert not earlier_wishes.wishes(row)

    def test_the_acknowledgement_offers_it_too(self, client: Client, cast: Cast) -> None:
        self.signed_in(client, cast)
        row = waiting(cast, far_slots(cast, 1)[0], citizen=cast.asha)
        session = client.session
        until = (clock.now() + timedelta(minutes=20)).isoformat()
        session["pins"] = {row.reference: {"pin": "123456", "until": until}}
        session.save()
        page = self.page(client, row)
        assert "Your request is sent" in page
        assert "Tell me when an earlier time becomes free" in page

    def test_the_earlier_time_is_taken_on_the_page(self, client: Client, cast: Cast) -> None:
        self.signed_in(client, cast)
        one, two = far_slots(cast, 2)
        row = wishing(meeting(cast, two, citizen=cast.asha))
        give_up(meeting(cast, one))
        earlier.draw()
        assert "Free now:" in self.page(client, row)
        freed = FreedTime.objects.get()
        answer = self.post(client, row, "take-earlier", freed=freed.pk)
        assert "The earlier time is yours" in told(answer)
        row.refresh_from_db()
        assert row.starts_at == one.start

    def test_too_late_on_the_page_is_said_and_the_time_is_offered_no_more(
        self, client: Client, cast: Cast
    ) -> None:
        self.signed_in(client, cast)
        one, two = far_slots(cast, 2)
        row = wishing(meeting(cast, two, citizen=cast.asha))
        give_up(meeting(cast, one))
        earlier.draw()
        waiting(cast, one)
        assert "Free now:" not in self.page(client, row)
        answer = self.post(client, row, "take-earlier", freed=FreedTime.objects.get().pk)
        assert "Somebody else was quicker" in told(answer)

    def test_a_time_that_somebody_else_was_told_of_is_not_there(
        self, client: Client, cast: Cast
    ) -> None:
        self.signed_in(client, cast)
        one, two, three = far_slots(cast, 3)
        wishing(meeting(cast, two))
        give_up(meeting(cast, one))
        earlier.draw()
        mine = meeting(cast, three, citizen=cast.asha)
        answer = self.post(client, mine, "take-earlier", freed=FreedTime.objects.get().pk)
        assert answer.status_code == 404

    def test_strangers_and_staff_reach_neither(self, client: Client, cast: Cast) -> None:
        row = meeting(cast, far_slots(cast, 1)[0], citizen=cast.asha)
        assert self.post(client, row, "earlier", wanted="yes").status_code == 302
        sign_in_household(client, make_household())
        assert self.post(client, row, "earlier", wanted="yes").status_code == 404
        assert self.post(client, row, "take-earlier", freed=1).status_code == 404
        sign_in_staff(client, cast.suresh)
        assert self.post(client, row, "earlier", wanted="yes").status_code == 404
        assert not EarlierWish.objects.exists()

    def test_only_posting_acts_and_a_wrong_form_does_nothing(
        self, client: Client, cast: Cast
    ) -> None:
        self.signed_in(client, cast)
        row = meeting(cast, far_slots(cast, 1)[0], citizen=cast.asha)
        for name in ("earlier", "take-earlier"):
            address = reverse(f"appointments:{name}", args=[row.reference])
            assert client.get(address).status_code == 405
        assert self.post(client, row, "earlier", wanted="perhaps").status_code == 302
        assert not EarlierWish.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestRaces:
    @pytest.fixture
    def cast(self, transactional_db: None) -> Cast:
        return make_cast()

    @pytest.mark.parametrize("_round", range(3))
    def test_two_tap_at_once_one_has_it_and_the_other_keeps_the_old_time(
        self, cast: Cast, race: Race, _round: int
    ) -> None:
        one, two, three = far_slots(cast, 3)
        rows = [wishing(meeting(cast, slot, f"Citizen {slot}"[:20])) for slot in (two, three)]
        give_up(meeting(cast, one))
        earlier.draw()
        tokens = [token_in(row) for row in rows]
        outcomes = race(
            *[lambda token=token: link_acts.use(token=token, key=new_key()) for token in tokens]
        )
        assert sum(outcome.ok for outcome in outcomes) == 1, [o.error for o in outcomes]
        for row, outcome, old in zip(rows, outcomes, (two, three), strict=True):
            row.refresh_from_db()
            assert row.status == "confirmed"
            assert row.starts_at == (one.start if outcome.ok else old.start)
            assert Hold.objects.get(request=row, released_at=None).during.lower == row.starts_at
            if not outcome.ok:
                assert isinstance(outcome.error, link_acts.Outrun)
        assert Message.objects.filter(template__key="request_moved", channel="sms").count() == 1

    def test_a_booking_and_a_tap_at_once_give_the_time_once(self, cast: Cast, race: Race) -> None:
        one, two = far_slots(cast, 2)
        row = wishing(meeting(cast, two))
        give_up(meeting(cast, one))
        earlier.draw()
        token = token_in(row)
        citizen = make_citizen()
        outcomes = race(
            lambda: link_acts.use(token=token, key=new_key()),
            lambda: sent(cast.rewari, citizen, one, channel="kendra"),
        )
        assert sum(outcome.ok for outcome in outcomes) == 1

    def test_three_sweeps_at_once_draw_each_time_once(self, cast: Cast, race: Race) -> None:
        times = far_slots(cast, 6)
        rows = [wishing(meeting(cast, slot)) for slot in times[3:]]
        for slot in times[:3]:
            give_up(meeting(cast, slot))
        outcomes = race(*[earlier.draw for _ in range(3)])
        assert sum(outcome.value for outcome in outcomes) == 3
        assert [sms(row, "earlier_time_free") for row in rows] == [3, 3, 3]
