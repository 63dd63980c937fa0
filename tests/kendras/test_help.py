"""Help at any Kendra: reference and PIN open one booking for half an hour; it is written down."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from appointments.access import GRANTS
from appointments.models import DrawWish, Request
from appointments.services import pins, timeline
from esachivalaya.accounts.models import NumberChange, SignInCode, User
from esachivalaya.accounts.services.codes import PER_ADDRESS, PER_OPERATOR, send_code
from esachivalaya.accounts.tries import LIMITS
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from esachivalaya.notifications.models import Message
from kendras.models import Kendra
from kendras.services.booking import Booked
from tests.accounts.sent import another, code_sent_to
from tests.at_a_kendra import booked, booking_of, paper, request_of, somebody
from tests.booking import sent_by_asha
from tests.draws import announced
from tests.people import Cast

pytestmark = pytest.mark.django_db
HELP = "/kendra/GGM-0001/help/"
NEW_PHONE = "+919800077777"


@pytest.fixture
def vikas(
    client: Client, other_operator: User, at_counter: Callable[[Client, User], Client]
) -> Client:
    """At the counter in Sohna."""
    return at_counter(client, other_operator)


@pytest.fixture
def done(cast: Cast, kendra: Kendra, operator: User) -> Booked:
    """What a walk-in with a phone booked in Bawal."""
    person = somebody("+919800055555", name="Savitri Devi")
    return booked(kendra, operator, cast.rewari, person=person)


def opened(client: Client, done: Booked) -> str:
    """Bring reference and PIN; return the address of the booking's page."""
    answer = client.post(HELP, {"reference": done.reference, "pin": done.pin})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def helped(row: Request) -> list[tuple[str, str, Any]]:
    """What the record says was done for its person at which Kendra, and by whom."""
    found = Entry.objects.filter(subject_id=str(row.pk), act="helped_at_kendra").order_by("seq")
    return [
        (one.detail.data["kendra"], one.detail.data["what"], one.actor)
        for one in found.select_related("detail", "actor")
    ]


def code_to(phone: str, *, address: str = "", operator: User | None = None) -> None:
    """A code for a new number, asked for from a connection, or by an operator at the counter."""
    send_code(
        phone=phone,
        purpose=SignInCode.Purpose.NUMBER,
        address=f"operator:{operator.pk}" if operator else address,
        language="hi",
        at_counter=operator is not None,
    )


class TestOpening:
    def test_reference_and_pin_open_the_status_and_not_the_matter(
        self, vikas: Client, done: Booked
    ) -> None:
        url = opened(vikas, done)
        assert url == f"/kendra/GGM-0001/bookings/{done.reference}/"
        page = vikas.get(url).content.decode()
        assert "Waiting for the office" in page
        assert "Booked at Atal Seva Kendra Bawal" in page
        assert request_of(done).subject not in page

    def test_it_is_written_down_and_the_citizen_reads_it(
        self, vikas: Client, done: Booked, other_operator: User
    ) -> None:
        opened(vikas, done)
        row = request_of(done)
        assert helped(row) == [("GGM-0001", "opened", other_operator)]
        with translation.override("hi"):
            assert timeline.entries(row)[-1].words == "सरल केंद्र सोहना: इसे पिन से खोला गया।"
        with translation.override("en"):
            words = timeline.entries(row)[-1].words
        assert words == "Saral Kendra Sohna: It was opened with the PIN."

    def test_five_wrong_pins_close_it_for_the_right_one_too(
        self, vikas: Client, done: Booked
    ) -> None:
        wrong = another(done.pin or "")
        for _try in range(5):
            answer = vikas.post(HELP, {"reference": done.reference, "pin": wrong})
            assert answer.status_code == 422
        assert request_of(done).pin_closed_until is not None
        assert vikas.post(HELP, {"reference": done.reference, "pin": done.pin}).status_code == 422
        url = f"/kendra/GGM-0001/bookings/{done.reference}/"
        assert vikas.get(url).status_code == 404
        assert helped(request_of(done)) == []

    def test_what_does_not_exist_gets_the_same_answer(self, vikas: Client, done: Booked) -> None:
        def told(reference: str) -> str:
            page = vikas.post(HELP, {"reference": reference, "pin": "000001"}).content.decode()
            page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)
            return page.replace(reference, "")

        assert told(done.reference) == told("ES22222222")

    def test_one_operator_tries_only_so_often(self, vikas: Client, done: Booked) -> None:
        for _try in range(LIMITS["kendra_help"][0]):
            vikas.post(HELP, {"reference": "ES22222222", "pin": "000001"})
        answer = vikas.post(HELP, {"reference": done.reference, "pin": done.pin})
        assert answer.status_code == 429

    def test_it_closes_after_half_an_hour(self, vikas: Client, done: Booked) -> None:
        url = opened(vikas, done)
        session = vikas.session
        for grant in session[GRANTS].values():
            grant["until"] = (clock.now() - timedelta(seconds=1)).isoformat()
        session.save()
        assert vikas.get(url).status_code == 404

    def test_it_opens_nothing_on_the_citizens_pages_or_at_another_counter(
        self, vikas: Client, done: Booked, other_operator: User, kendra: Kendra
    ) -> None:
        opened(vikas, done)
        assert vikas.get(f"/appointments/{done.reference}/").status_code == 404
        assert "/track/?" in vikas.get(f"/track/{done.reference}/")["Location"]
        assert vikas.get(f"/kendra/REW-0001/bookings/{done.reference}/").status_code == 404

    def test_what_was_asked_for_on_an_own_phone_opens_too(self, vikas: Client, cast: Cast) -> None:
        row = sent_by_asha(cast)
        Request.objects.filter(pk=row.pk).update(pin_hash=pins.hash_of("246810"))
        answer = vikas.post(HELP, {"reference": row.reference, "pin": "२४६८१०"})
        page = vikas.get(answer["Location"]).content.decode()
        assert "own phone" in page
        slip = vikas.get(f"/kendra/GGM-0001/slip/{row.reference}/")
        assert "अपने फ़ोन से" in slip.content.decode()

    def test_a_wish_opens_by_its_code(
        self, vikas: Client, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        draw = announced(cast)
        wish = booked(kendra, operator, cast.rewari, slot=None, draw=draw.pk)
        url = opened(vikas, wish)
        assert "It is drawn on" in vikas.get(url).content.decode()
        sent = {"key": "help-wish-test-key-01", "version": 1}
        assert vikas.post(f"{url}withdraw/", sent).status_code == 302
        assert DrawWish.objects.get().status == DrawWish.Status.WITHDRAWN

    def test_an_empty_form_is_told(self, vikas: Client, other_kendra: Kendra) -> None:
        assert vikas.get(HELP).status_code == 200
        assert vikas.post(HELP, {}).status_code == 422
        assert vikas.delete(HELP).status_code == 405


class TestActing:
    def test_withdrawn_at_another_kendra(
        self, vikas: Client, done: Booked, other_operator: User
    ) -> None:
        url = opened(vikas, done)
        sent = {"key": "help-test-key-00001", "version": request_of(done).version}
        assert vikas.post(f"{url}withdraw/", sent).status_code == 302
        row = request_of(done)
        assert row.status == Request.Status.WITHDRAWN
        assert helped(row)[-1] == ("GGM-0001", "withdrawn", other_operator)

    def test_a_reprint_shows_the_slip_and_is_noted(self, vikas: Client, done: Booked) -> None:
        opened(vikas, done)
        url = f"/kendra/GGM-0001/slip/{done.reference}/"
        assert "अटल सेवा केंद्र बावल" in vikas.get(url).content.decode()
        assert vikas.post(url, {"paper": "80"}).status_code == 302
        assert helped(request_of(done))[-1][:2] == ("GGM-0001", "printed")
        assert booking_of(done).slip_printed_at is None


class TestNewNumber:
    def asked(self, client: Client, url: str, **fields: str) -> Any:
        sent = {
            "name": "Savitri Devi",
            "phone": NEW_PHONE,
            "serial_number": "n-17",
            "witness": "Ram Niwas, Lambardar",
            "key": "help-number-key-0001",
            **fields,
        }
        return client.post(f"{url}number/", sent)

    def test_after_name_and_code_it_waits_for_the_old_number(
        self, vikas: Client, done: Booked, other_operator: User
    ) -> None:
        url = opened(vikas, done)
        answer = self.asked(vikas, url)
        assert answer["Location"] == f"{url}number/code/"
        assert vikas.get(f"{url}number/code/").status_code == 200
        assert (
            vikas.post(f"{url}number/code/", {"code": code_sent_to(NEW_PHONE)}).status_code == 302
        )
        change = NumberChange.objects.get()
        assert (change.status, change.proof) == ("waiting", "pin")
        assert (change.new_phone, change.by) == (NEW_PHONE, other_operator)
        assert helped(request_of(done))[-1][:2] == ("GGM-0001", "new_number")
        # Who asked on which paper stays with it, and the old number hears of it at once.
        assert change.reason == "GGM-0001: N-17, Ram Niwas, Lambardar"
        noted = Entry.objects.filter(act="helped_at_kendra").latest("seq")
        assert noted.detail.data["slip"] == change.reason
        assert change.takes_effect_at - change.asked_at >= timedelta(hours=24)
        assert Message.objects.filter(
            to="+919800055555", template__key="number_change_asked"
        ).exists()

    def test_a_wrong_name_sends_no_code(self, vikas: Client, done: Booked) -> None:
        url = opened(vikas, done)
        assert self.asked(vikas, url, name="Kamla Devi").status_code == 422
        assert not Message.objects.filter(to=NEW_PHONE).exists()

    @pytest.mark.parametrize("fields", [{"serial_number": ""}, {"witness": "savitri devi"}])
    def test_without_a_signed_slip_no_code_is_sent(
        self, vikas: Client, done: Booked, fields: dict[str, str]
    ) -> None:
        assert self.asked(vikas, opened(vikas, done), **fields).status_code == 422
        assert not Message.objects.filter(to=NEW_PHONE).exists()

    def test_a_slip_that_stands_for_a_booking_stands_for_nothing_else(
        self, vikas: Client, done: Booked, cast: Cast, other_kendra: Kendra, other_operator: User
    ) -> None:
        booked(other_kendra, other_operator, cast.rewari, consent=paper("N17"))
        url = opened(vikas, done)
        assert self.asked(vikas, url, serial_number="n17").status_code == 422
        assert self.asked(vikas, url, serial_number="n18").status_code == 302

    def test_one_counter_sends_more_codes_than_one_connection_may(
        self, vikas: Client, done: Booked, other_operator: User
    ) -> None:
        """Of a village all people come from one address, and the operator's are counted apart."""
        url = opened(vikas, done)
        for number in range(PER_ADDRESS[0][0]):
            code_to(f"+9198000{number:05d}", address="127.0.0.1")
        for number in range(PER_ADDRESS[0][0]):
            code_to(f"+9198001{number:05d}", operator=other_operator)
        assert self.asked(vikas, url).status_code == 302
        for number in range(PER_OPERATOR[0][0] - PER_ADDRESS[0][0] - 1):
            code_to(f"+9198002{number:05d}", operator=other_operator)
        answer = self.asked(vikas, url, phone="+919800077778", key="help-number-key-0002")
        assert answer.status_code == 422
        assert "from this counter" in answer.content.decode()

    def test_a_wrong_code_changes_nothing(self, vikas: Client, done: Booked) -> None:
        url = opened(vikas, done)
        self.asked(vikas, url)
        wrong = another(code_sent_to(NEW_PHONE))
        assert vikas.post(f"{url}number/code/", {"code": wrong}).status_code == 422
        assert not NumberChange.objects.exists()

    def test_not_without_the_pin_even_where_it_was_booked(
        self,
        client: Client,
        done: Booked,
        operator: User,
        at_counter: Callable[[Client, User], Client],
    ) -> None:
        url = f"/kendra/REW-0001/bookings/{done.reference}/number/"
        assert at_counter(client, operator).get(url).status_code == 404
