"""Short links: GET shows, POST acts once; single purpose, expiring, revocable, telling nothing."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from appointments.models import Offer, Request, ShortLink
from appointments.services import answers, link_acts, wishes
from appointments.services.links import digest_of
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from esachivalaya.notifications.models import Message
from tests.appointments.citizens import booked, later_span
from tests.people import Cast, make_cast

Race = Callable[..., list[Any]]


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def english(client: Client) -> Client:
    client.cookies["language"] = "en"
    return client


def path_in(row: Request, template: str) -> str:
    """The short link in the SMS about ``row``."""
    message = Message.objects.filter(
        subject_id=str(row.pk), channel="sms", template__key__startswith=template
    ).latest("id")
    found = re.search(r"/l/[A-Za-z0-9_-]+/", message.body)
    assert found, message.body
    return found.group()


def offered(cast: Cast, **wish: Any) -> tuple[Request, Offer, str]:
    row = booked(cast, **wish)
    slot = later_span(cast.rewari, 5)
    offer = answers.offer(request=row, slot=slot, by=cast.meera, version=row.version)
    return row, offer, path_in(row, "request_offer")


def confirmed(cast: Cast, **wish: Any) -> tuple[Request, str]:
    row = booked(cast, **wish)
    row = answers.confirm(request=row, by=cast.meera, version=row.version)
    return row, path_in(row, "request_confirmed")


def late_link(cast: Cast, left: timedelta = timedelta(minutes=30)) -> tuple[Request, str]:
    """A meeting that begins in ``left``, and its reminder's link."""
    row, _withdraw = confirmed(cast)
    path = path_in(row, "reminder_hour")
    start = clock.now() + left
    end = start + timedelta(minutes=15)
    Request.objects.filter(pk=row.pk).update(starts_at=start, ends_at=end)
    ShortLink.objects.filter(request=row, purpose="late").update(expires_at=end)
    row.refresh_from_db()
    return row, path


def press(client: Client, path: str, key: str = "") -> Any:
    return client.post(path, {"key": key or new_key()})


def gone(answer: Any) -> bool:
    page = answer.content.decode()
    return answer.status_code == 404 and "This link does nothing any more" in page


class TestShowing:
    def test_get_shows_what_will_happen_and_changes_nothing(
        self, cast: Cast, english: Client
    ) -> None:
        row, offer, path = offered(cast)
        for _time in range(3):
            page = english.get(path)
            assert page.status_code == 200
            assert "Accept this time" in page.content.decode()
        english.head(path)
        offer.refresh_from_db()
        row.refresh_from_db()
        assert (offer.status, row.status) == ("open", "requested")
        assert ShortLink.objects.get().used_at is None

    def test_a_private_request_shows_neither_office_nor_subject(
        self, cast: Cast, english: Client
    ) -> None:
        row, path = confirmed(cast, private=True)
        page = english.get(path).content.decode()
        assert cast.rewari.title_en not in page
        assert row.subject not in page
        assert "Cancel the meeting" in page

    def test_the_page_speaks_in_words_and_not_in_codes(self, cast: Cast, english: Client) -> None:
        _row, _offer, path = offered(cast)
        pages = [english.get(path), press(english, path), english.get("/l/done/accept_offer/")]
        assert all(">accept_offer<" not in page.content.decode() for page in pages)

    def test_nobody_is_named(self, cast: Cast, english: Client) -> None:
        row, path = confirmed(cast)
        page = english.get(path).content.decode()
        assert row.citizen.name not in page
        assert row.subject not in page
        assert row.phone not in page

    def test_the_address_is_short_and_cannot_be_guessed(self, cast: Cast) -> None:
        _row, path = confirmed(cast)
        token = path.split("/")[2]
        assert len(token) * 6 >= 64
        assert len(path) <= 16
        assert not ShortLink.objects.filter(digest__contains=token).exists()
        assert ShortLink.objects.filter(digest=digest_of(token), purpose="withdraw").exists()


class TestAccepting:
    def test_pressing_confirms_the_offered_time(self, cast: Cast, english: Client) -> None:
        row, offer, path = offered(cast)
        answer = press(english, path)
        assert answer["Location"] == "/l/done/accept_offer/"
        row.refresh_from_db()
        assert (row.status, row.starts_at) == ("confirmed", offer.starts_at)
        assert row.confirmed_by == "citizen"
        done = english.get(answer["Location"])
        assert "is confirmed" in done.content.decode()

    def test_a_lapsed_offer_is_not_accepted(self, cast: Cast, english: Client) -> None:
        row, offer, path = offered(cast)
        ended = clock.now() - timedelta(seconds=1)
        Offer.objects.filter(pk=offer.pk).update(expires_at=ended)
        ShortLink.objects.update(expires_at=ended)
        assert gone(english.get(path))
        assert gone(press(english, path))
        row.refresh_from_db()
        assert row.status == "requested"

    def test_a_newer_offer_ends_the_link_of_the_older(self, cast: Cast, english: Client) -> None:
        row, _offer, old = offered(cast)
        row.refresh_from_db()
        newer = later_span(cast.rewari, 6)
        answers.offer(request=row, slot=newer, by=cast.meera, version=row.version)
        assert gone(english.get(old))
        assert gone(press(english, old))
        new = path_in(row, "request_offer")
        assert new != old
        assert press(english, new).status_code == 302
        row.refresh_from_db()
        assert row.starts_at == newer.start

    def test_an_offer_refused_on_the_page_ends_its_link(self, cast: Cast, english: Client) -> None:
        _row, offer, path = offered(cast)
        wishes.refuse_offer(offer=offer, by=None)
        assert gone(press(english, path))
        assert ShortLink.objects.get(offer=offer).revoked_at is not None


class TestWithdrawing:
    def test_pressing_cancels_the_meeting_and_frees_the_time(
        self, cast: Cast, english: Client
    ) -> None:
        row, path = confirmed(cast)
        assert press(english, path)["Location"] == "/l/done/withdraw/"
        row.refresh_from_db()
        assert row.status == "cancelled_by_citizen"
        assert not row.holds.filter(released_at=None).exists()

    def test_a_moved_meeting_ends_the_link_and_its_message_has_a_new_one(
        self, cast: Cast, english: Client
    ) -> None:
        row, old = confirmed(cast)
        slot = later_span(cast.rewari, 6)
        wishes.ask_other_time(request=row, slot=slot, by=None, version=row.version)
        assert gone(english.get(old))
        assert gone(press(english, old))
        row.refresh_from_db()
        assert row.status == "confirmed"
        assert press(english, path_in(row, "request_moved")).status_code == 302

    def test_once_the_meeting_has_begun_the_link_does_nothing(
        self, cast: Cast, english: Client
    ) -> None:
        row, path = confirmed(cast)
        begun = clock.now() - timedelta(seconds=1)
        Request.objects.filter(pk=row.pk).update(starts_at=begun)
        assert gone(english.get(path))
        assert gone(press(english, path))

    def test_a_version_that_is_not_the_one_of_the_message_does_nothing(
        self, cast: Cast, english: Client
    ) -> None:
        """Whoever changes a request and forgets to end its links still ends them."""
        row, path = confirmed(cast)
        Request.objects.filter(pk=row.pk).update(version=row.version + 1)
        assert gone(press(english, path))


class TestComingLate:
    def test_the_office_is_told_once(self, cast: Cast, english: Client) -> None:
        row, path = late_link(cast)
        assert "I am late" in english.get(path).content.decode()
        assert press(english, path)["Location"] == "/l/done/late/"
        assert gone(press(english, path))
        told = Message.objects.filter(template__key="office_citizen_late", channel="sms")
        assert sorted(told.values_list("to", flat=True)) == sorted(
            [cast.meera.phone, cast.suresh.phone]
        )
        row.refresh_from_db()
        assert row.status == "confirmed"
        assert Entry.objects.filter(subject_id=str(row.pk), act="late").count() == 1

    @pytest.mark.parametrize(
        ("left", "fits"),
        [
            (timedelta(minutes=61), False),
            (timedelta(minutes=59), True),
            (timedelta(minutes=-14), True),
            (timedelta(minutes=-16), False),
        ],
    )
    def test_from_an_hour_before_until_the_end(
        self, cast: Cast, english: Client, left: timedelta, fits: bool
    ) -> None:
        _row, path = late_link(cast, left)
        assert press(english, path).status_code == (302 if fits else 404)
        assert Message.objects.filter(template__key="office_citizen_late").exists() == fits

    def test_a_moved_meeting_may_be_late_again(self, cast: Cast) -> None:
        row, path = late_link(cast, timedelta(minutes=30))
        link_acts.use(token=path.split("/")[2], key=new_key())
        row.refresh_from_db()
        assert row.late_at is not None
        far = later_span(cast.rewari, 4)
        Request.objects.filter(pk=row.pk).update(starts_at=far.start, ends_at=far.end)
        slot = later_span(cast.rewari, 6)
        moved = wishes.ask_other_time(request=row, slot=slot, by=None, version=row.version)
        assert moved.late_at is None


class TestTellingNothing:
    def test_unknown_used_revoked_and_expired_look_the_same(
        self, cast: Cast, english: Client
    ) -> None:
        used = confirmed(cast)[1]
        press(english, used)
        revoked_row, revoked = confirmed(cast, citizen=cast.ramesh)
        wishes.withdraw(request=revoked_row, by=None, version=revoked_row.version)
        _row, expired = confirmed(cast)
        ShortLink.objects.filter(used_at=None).update(expires_at=clock.now())
        unknown = "/l/AAAAAAAAAAAA/"
        pages = set()
        for path in (used, revoked, expired, unknown, "/l/x/", "/l/" + "ऐ" * 12 + "/"):
            for answer in (english.get(path), press(english, path)):
                assert gone(answer)
                text = re.sub(
                    r'name="(csrfmiddlewaretoken|next)" value="[^"]*"', "", answer.content.decode()
                )
                pages.add(text.replace(path, ""))
        assert len(pages) == 1

    def test_a_form_without_its_key_does_nothing(self, cast: Cast, english: Client) -> None:
        row, path = confirmed(cast)
        assert english.post(path).status_code == 200
        row.refresh_from_db()
        assert row.status == "confirmed"

    def test_the_form_is_guarded_against_other_sites(self, cast: Cast) -> None:
        _row, path = confirmed(cast)
        strict = Client(enforce_csrf_checks=True)
        assert strict.post(path, {"key": new_key()}).status_code == 403

    def test_other_purposes_have_no_page(self, db: None, english: Client) -> None:
        assert english.get("/l/done/nothing/").status_code == 404


@pytest.mark.django_db(transaction=True)
class TestRaces:
    @pytest.fixture
    def cast(self, transactional_db: None) -> Cast:
        return make_cast()

    def test_one_form_sent_five_times_at_once_acts_once(self, cast: Cast, race: Race) -> None:
        row, path = confirmed(cast)
        token, key = path.split("/")[2], new_key()
        outcomes = race(*[lambda: link_acts.use(token=token, key=key) for _ in range(5)])
        assert [one.value for one in outcomes] == ["withdraw"] * 5
        assert Entry.objects.filter(subject_id=str(row.pk), act="cancelled_by_citizen").count() == 1
        told = Message.objects.filter(template__key="request_withdrawn", channel="sms")
        assert told.count() == 1

    def test_of_five_pages_opened_beside_each_other_one_acts(self, cast: Cast, race: Race) -> None:
        _row, _offer, path = offered(cast)
        token = path.split("/")[2]
        outcomes = race(*[lambda: link_acts.use(token=token, key=new_key()) for _ in range(5)])
        assert sorted(type(one.error).__name__ for one in outcomes) == ["Gone"] * 4 + ["NoneType"]
        told = Message.objects.filter(template__key="request_confirmed", channel="sms")
        assert told.count() == 1

    def test_link_against_office_ends_in_one_state(self, cast: Cast, race: Race) -> None:
        row, _offer, path = offered(cast)
        row.refresh_from_db()
        outcomes = race(
            lambda: link_acts.use(token=path.split("/")[2], key=new_key()),
            lambda: answers.decline(
                request=row, by=cast.meera, version=row.version, reason="court", words="Sub judice."
            ),
        )
        assert sum(one.ok for one in outcomes) == 1
        row.refresh_from_db()
        assert row.status == ("confirmed" if outcomes[0].ok else "declined")

    def test_link_against_the_offices_cancelling_ends_in_one_state(
        self, cast: Cast, race: Race
    ) -> None:
        row, path = confirmed(cast)
        outcomes = race(
            lambda: link_acts.use(token=path.split("/")[2], key=new_key()),
            lambda: answers.cancel(
                request=row, by=cast.meera, version=row.version, words="The office is shut."
            ),
        )
        assert sum(one.ok for one in outcomes) == 1
        row.refresh_from_db()
        assert row.status == ("cancelled_by_citizen" if outcomes[0].ok else "cancelled_by_office")
        assert not ShortLink.objects.filter(used_at=None, revoked_at=None).exists()

    def test_the_office_hears_of_lateness_once_from_three_phones(
        self, cast: Cast, race: Race
    ) -> None:
        _row, path = late_link(cast)
        token = path.split("/")[2]
        outcomes = race(*[lambda: link_acts.use(token=token, key=new_key()) for _ in range(3)])
        assert sum(one.ok for one in outcomes) == 1
        told = Message.objects.filter(template__key="office_citizen_late", channel="sms")
        assert told.count() == 2
