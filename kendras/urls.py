"""The addresses of the counter; all under /kendra/."""

from django.urls import URLPattern, path

from kendras.views import (
    booking,
    bookings,
    counter,
    district,
    hall,
    home,
    locking,
    looking,
    meetings,
    notices,
    pins,
    slips,
    tokens,
)
from kendras.views import help as any_help

app_name = "kendras"
urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("pin/", pins.pin, name="pin"),
    path("district/<str:code>/", district.district, name="district"),
    path("district/<str:code>/file/", district.district_csv, name="district-csv"),
    path("district/<str:code>/anomalies/", district.look_into, name="anomalies"),
    path(
        "district/<str:code>/anomalies/<str:kind>/<str:key>/", district.names, name="anomaly-names"
    ),
    path("<str:code>/", counter.counter, name="counter"),
    path("<str:code>/today/", counter.today, name="today"),
    path("<str:code>/people/", looking.people, name="people"),
    path("<str:code>/offices/", looking.offices, name="offices"),
    path("<str:code>/services/", looking.services, name="services"),
    path("<str:code>/times/", looking.times, name="times"),
    path("<str:code>/code/", looking.code, name="code"),
    path("<str:code>/code/check/", looking.code_check, name="code-check"),
    path("<str:code>/book/", booking.book, name="book"),
    path("<str:code>/lock/", locking.lock, name="lock"),
    path("<str:code>/locked/", locking.locked, name="locked"),
    path("<str:code>/meetings/", meetings.meetings, name="meetings"),
    path("<str:code>/meetings/<str:reference>/", meetings.meeting, name="meeting"),
    path("<str:code>/meetings/<str:reference>/enter/", meetings.enter, name="meeting-enter"),
    path("<str:code>/notices/<int:pk>/", notices.seen, name="notice-seen"),
    path("<str:code>/bookings/", bookings.listed, name="bookings"),
    path("<str:code>/bookings/<str:reference>/", bookings.booking, name="booking"),
    path(
        "<str:code>/bookings/<str:reference>/withdraw/", bookings.withdraw, name="booking-withdraw"
    ),
    path("<str:code>/bookings/<str:reference>/move/", bookings.move, name="booking-move"),
    path("<str:code>/bookings/<str:reference>/offer/", bookings.offer, name="booking-offer"),
    path("<str:code>/bookings/<str:reference>/number/", any_help.help_number, name="help-number"),
    path(
        "<str:code>/bookings/<str:reference>/number/code/",
        any_help.help_number_code,
        name="help-number-code",
    ),
    path("<str:code>/slip/<str:reference>/", slips.slip, name="slip"),
    path("<str:code>/help/", any_help.help_at_any, name="help"),
    path("<str:code>/tokens/", tokens.queue, name="token-new"),
    path("<str:code>/tokens/<int:number>/", tokens.token, name="token-act"),
    path("<str:code>/hall/", hall.hall, name="hall"),
]
