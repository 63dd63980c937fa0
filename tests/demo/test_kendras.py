"""The demo's Kendras: in all districts, two at work, and everything said where it is printed."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from esachivalaya.accounts.models import User
from esachivalaya.audit.verification import broken_links
from esachivalaya.demo.kendras import FIRST, OPERATOR_PIN, OPERATORS, SECOND, SUPERVISOR
from kendras.models import AssistedBooking, Consent, Kendra, SeatHold, Token
from kendras.permissions import districts_of
from kendras.services.operator_pins import check_pin
from officials.models import District

pytestmark = pytest.mark.django_db


@pytest.fixture
def printed(settings: Any) -> str:
    settings.DEMO = True
    out = StringIO()
    call_command("demo", citizens=24, posts=13, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_each_district_has_kendras_that_say_that_they_are_made_up(printed: str) -> None:
    for district in District.objects.all():
        there = district.kendras.all()
        assert len(there) >= 3
        assert all("Sample" in one.name_en and "नमूना" in one.name_hi for one in there)


def test_who_is_printed_serves_there_and_takes_over_by_the_pin(printed: str) -> None:
    for username, code in OPERATORS.items():
        user = User.objects.get(username=username)
        assert [one.code for one in Kendra.objects.served_by(user)] == [code]
        assert check_pin(user=user, typed=OPERATOR_PIN)
        assert username in printed
    supervisor = User.objects.get(username=SUPERVISOR)
    overseen = Kendra.objects.filter(district__in=districts_of(supervisor))
    assert {FIRST, SECOND} <= set(overseen.values_list("code", flat=True))
    assert {one.district.code for one in overseen} == {"REW"}
    assert OPERATOR_PIN in printed


def test_the_first_counter_has_a_day_behind_it(printed: str) -> None:
    bookings = AssistedBooking.objects.filter(kendra__code=FIRST)
    assert bookings.count() >= 4
    assert set(Consent.objects.values_list("kind", flat=True)) == {"code", "paper"}
    assert SeatHold.objects.filter(released_at=None).exists()
    assert set(bookings.values_list("request__status", flat=True)) == {"confirmed", "requested"}
    assert set(Token.objects.values_list("status", flat=True)) == {"waiting", "called"}
    assert list(broken_links()) == []
