"""Agreeing at the counter: a code that is read out, or a slip that stays on paper."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import Error, connection, transaction

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import SignInCode, User
from esachivalaya.accounts.services import codes
from esachivalaya.accounts.services.refusals import TooMany
from esachivalaya.common import clock
from esachivalaya.notifications.models import Message
from kendras.models import Consent, Kendra
from kendras.services import consents
from kendras.services.booking import book
from kendras.services.consents import ConsentGiven
from tests.at_a_kendra import a_key, booked, counter_wish, known, paper, read_out
from tests.people import Cast

pytestmark = pytest.mark.django_db
PHONE = "+919800000001"


def send(kendra: Kendra, by: User, key: str, phone: str = PHONE) -> str:
    """Send a code and return it as whoever has the phone reads it."""
    consents.send_code(kendra=kendra, by=by, phone=phone, key=key, language="en")
    message = Message.objects.filter(to=phone, template__key="counter_code").latest("pk")
    found = re.search(r"\b\d{6}\b", message.body)
    assert found is not None
    return found.group()


def later(by: timedelta) -> None:
    """Let time pass for the codes that were sent."""
    for row in SignInCode.objects.all():
        row.made_at -= by
        row.expires_at -= by
        row.used_at = row.used_at and row.used_at - by
        row.save()


class TestTheCode:
    def test_read_out_rightly_it_is_the_consent(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        key = a_key()
        code = send(kendra, operator, key)
        assert consents.proved(PHONE, key) is None
        assert consents.check_code(phone=PHONE, key=key, typed=code)
        proved_at = consents.proved(PHONE, key)
        wanted = counter_wish(cast.rewari, person=known(cast.asha), consent=ConsentGiven("code"))
        done = book(kendra=kendra, by=operator, wanted=wanted, key=key)
        kept = done.booking.consent
        assert (kept.kind, kept.phone, kept.proved_at) == ("code", PHONE, proved_at)
        assert (kept.serial_number, kept.witness) == ("", "")

    def test_a_wrong_one_proves_nothing(self, cast: Cast, kendra: Kendra, operator: User) -> None:
        key = a_key()
        code = send(kendra, operator, key)
        wrong = f"{(int(code) + 1) % 1_000_000:06d}"
        checked = consents.check_code(phone=PHONE, key=key, typed=wrong)
        assert (checked.ok, checked.reason, checked.tries_left) == (False, "wrong", 4)
        assert consents.proved(PHONE, key) is None
        wanted = counter_wish(cast.rewari, person=known(cast.asha), consent=ConsentGiven("code"))
        with pytest.raises(Refused) as refused:
            book(kendra=kendra, by=operator, wanted=wanted, key=key)
        assert (refused.value.rule, refused.value.field) == ("consent_missing", "code")

    def test_asked_again_it_stays_right(self, cast: Cast, kendra: Kendra, operator: User) -> None:
        """The answer of the first check may have been lost on the way."""
        key = a_key()
        code = send(kendra, operator, key)
        for _ in range(2):
            assert consents.check_code(phone=PHONE, key=key, typed=code)

    def test_it_stands_for_no_other_booking_and_no_other_number(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        key = a_key()
        read_out(kendra, operator, PHONE, key)
        assert consents.proved(PHONE, a_key()) is None
        assert consents.proved("+919800000002", key) is None

    def test_it_is_used_up_by_its_booking(
        self, cast: Cast, kendra: Kendra, operator: User, other_kendra: Kendra, other_operator: User
    ) -> None:
        key = a_key()
        read_out(kendra, operator, PHONE, key)
        code = ConsentGiven("code")
        wanted = counter_wish(cast.rewari, person=known(cast.asha), consent=code)
        book(kendra=kendra, by=operator, wanted=wanted, key=key)
        wanted = counter_wish(cast.rewari, person=known(cast.ramesh), consent=code)
        # Another operator's key may be the same one.
        with pytest.raises(Refused) as refused:
            book(kendra=other_kendra, by=other_operator, wanted=wanted, key=key)
        assert refused.value.rule == "consent_missing"

    def test_a_refused_booking_leaves_it_good(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        key = a_key()
        read_out(kendra, operator, PHONE, key)
        given = {"person": known(cast.asha), "consent": ConsentGiven("code")}
        wanted = counter_wish(cast.rewari, fee_rs=999, **given)
        with pytest.raises(Refused):
            book(kendra=kendra, by=operator, wanted=wanted, key=key)
        book(kendra=kendra, by=operator, wanted=counter_wish(cast.rewari, **given), key=key)

    def test_an_unsent_booking_keeps_its_proof_for_twelve_hours(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        key = a_key()
        read_out(kendra, operator, PHONE, key)
        later(consents.PROOF_LASTS - timedelta(minutes=5))
        assert consents.proved(PHONE, key) is not None
        later(timedelta(minutes=10))
        assert consents.proved(PHONE, key) is None
        wanted = counter_wish(cast.rewari, person=known(cast.asha), consent=ConsentGiven("code"))
        with pytest.raises(Refused):
            book(kendra=kendra, by=operator, wanted=wanted, key=key)

    def test_keys_that_begin_alike_are_different_bookings(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        key = "k" * 45
        read_out(kendra, operator, PHONE, key)
        assert consents.proved(PHONE, key)
        assert consents.proved(PHONE, key + "k") is None

    def test_without_a_number_there_is_no_code(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        with pytest.raises(Refused) as refused:
            booked(kendra, operator, cast.rewari, consent=ConsentGiven("code"))
        assert refused.value.rule == "consent_missing"


class TestSending:
    def test_pressed_twice_it_is_one_sms(self, cast: Cast, kendra: Kendra, operator: User) -> None:
        key = a_key()
        assert send(kendra, operator, key) == send(kendra, operator, key)
        assert Message.objects.count() == 1

    def test_after_a_while_another_one_can_be_sent(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        key = a_key()
        send(kendra, operator, key)
        later(consents.AGAIN_AFTER + timedelta(seconds=1))
        send(kendra, operator, key)
        assert Message.objects.count() == 2

    def test_one_number_gets_three_in_a_quarter_of_an_hour(
        self, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        for _ in range(3):
            send(kendra, operator, a_key())
        with pytest.raises(TooMany):
            send(kendra, operator, a_key())

    def test_a_counter_sends_more_than_a_connection_may_and_90_an_hour_at_most(
        self, cast: Cast, kendra: Kendra, operator: User, other_kendra: Kendra, other_operator: User
    ) -> None:
        for number in range(90):
            send(kendra, operator, a_key(), phone=f"+9198200{number:05d}")
        with pytest.raises(TooMany):
            send(kendra, operator, a_key(), phone="+919820099999")
        send(other_kendra, other_operator, a_key(), phone="+919820099999")

    def test_a_queue_in_the_villages_stops_nobody_else_from_signing_in(
        self, cast: Cast, kendra: Kendra, operator: User, settings: Any
    ) -> None:
        settings.CODES_PER_HOUR = 1
        for number in range(2):
            send(kendra, operator, a_key(), phone=f"+9198200{number:05d}")
        told = {"purpose": "sign_in", "address": "10.0.0.1", "language": "en"}
        codes.send_code(phone="+919820011111", **told)
        with pytest.raises(TooMany):
            codes.send_code(phone="+919820011112", **told)
        send(kendra, operator, a_key(), phone="+919820011113")

    def test_only_an_operator_of_this_kendra_sends_one(
        self, cast: Cast, kendra: Kendra, other_operator: User
    ) -> None:
        with pytest.raises(PermissionDenied):
            send(kendra, other_operator, a_key())
        assert not SignInCode.objects.exists()

    @pytest.mark.parametrize("language", ["en", "hi"])
    def test_the_sms_says_what_it_is_for(
        self, cast: Cast, kendra: Kendra, operator: User, language: str
    ) -> None:
        consents.send_code(kendra=kendra, by=operator, phone=PHONE, key=a_key(), language=language)
        body = Message.objects.get().body
        assert {"en": "in your name", "hi": "आपके नाम"}[language] in body


class TestTheSlip:
    def test_number_and_witness_are_kept(self, cast: Cast, kendra: Kendra, operator: User) -> None:
        given = paper(" a ०१७ ", "Ram Niwas, Lambardar ")
        kept = booked(kendra, operator, cast.rewari, consent=given).booking.consent
        assert (kept.kind, kept.serial_number, kept.witness) == (
            "paper",
            "A017",
            "Ram Niwas, Lambardar",
        )
        assert (kept.phone, kept.proved_at) == ("", None)

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            (ConsentGiven("paper", "", "Ram Niwas"), "serial_number"),
            (ConsentGiven("paper", "A17", " "), "witness"),
            (ConsentGiven("paper", "A17", "ASHA  DEVI"), "witness"),
        ],
    )
    def test_both_are_needed_and_nobody_is_their_own_witness(
        self, cast: Cast, kendra: Kendra, operator: User, given: ConsentGiven, field: str
    ) -> None:
        with pytest.raises(Refused) as refused:
            booked(kendra, operator, cast.rewari, person=known(cast.asha), consent=given)
        assert refused.value.field == field
        assert not Consent.objects.exists()


def test_nobody_changes_a_consent(cast: Cast, kendra: Kendra, operator: User) -> None:
    kept = booked(kendra, operator, cast.rewari).booking.consent
    with pytest.raises(Error), transaction.atomic():
        Consent.objects.filter(pk=kept.pk).update(witness="Somebody else")
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM kendras_consent")
    assert clock.now() > kept.given_at
