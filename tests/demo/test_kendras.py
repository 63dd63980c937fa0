"""The demo's Kendras: in all districts, two at work, and everything said where it is printed."""

from esachivalaya.accounts.models import User
from esachivalaya.audit.verification import broken_links
from esachivalaya.demo.kendras import FIRST, OPERATOR_PIN, OPERATORS, SECOND, SUPERVISOR
from kendras.models import AssistedBooking, Consent, Kendra, SeatHold, Token
from kendras.permissions import districts_of
from kendras.services.operator_pins import check_pin
from officials.models import District


def test_each_district_has_kendras_that_say_that_they_are_made_up(demo: str) -> None:
    for district in District.objects.all():
        there = district.kendras.all()
        assert len(there) >= 3
        assert all("Sample" in one.name_en and "नमूना" in one.name_hi for one in there)


def test_who_is_printed_serves_there_and_takes_over_by_the_pin(demo: str) -> None:
    for username, code in OPERATORS.items():
        user = User.objects.get(username=username)
        assert [one.code for one in Kendra.objects.served_by(user)] == [code]
        assert check_pin(user=user, typed=OPERATOR_PIN)
        assert username in demo
    supervisor = User.objects.get(username=SUPERVISOR)
    overseen = Kendra.objects.filter(district__in=districts_of(supervisor))
    assert {FIRST, SECOND} <= set(overseen.values_list("code", flat=True))
    assert {one.district.code for one in overseen} == {"REW"}
    assert OPERATOR_PIN in demo


def test_the_first_counter_has_a_day_behind_it(demo: str) -> None:
    bookings = AssistedBooking.objects.filter(kendra__code=FIRST)
    assert bookings.count() >= 4
    assert set(Consent.objects.values_list("kind", flat=True)) == {"code", "paper"}
    assert SeatHold.objects.filter(released_at=None).exists()
    assert set(bookings.values_list("request__status", flat=True)) == {"confirmed", "requested"}
    assert set(Token.objects.values_list("status", flat=True)) == {"waiting", "called"}
    assert list(broken_links()) == []
