"""The citizens' pages about appointments. Names and addresses that messages and others rely on."""

from django.urls import path

from appointments.views import (
    booking,
    changes,
    drafted_papers,
    files,
    mine,
    promise,
    short_links,
    tracking,
    voice,
)

app_name = "appointments"
urlpatterns = [
    path("appointments/", mine.mine, name="list"),
    path(
        "appointments/new/",
        booking.choose_office,
        name="choose-office",
    ),
    path("appointments/new/<str:code>/", booking.begin, name="new"),
    path("appointments/new/<str:code>/slot/", booking.choose_slot, name="new-slot"),
    path(
        "appointments/new/<str:code>/papers/<int:position>/remove/",
        drafted_papers.remove,
        name="new-paper-remove",
    ),
    path("appointments/new/<str:code>/<slug:step>/", booking.step, name="new-step"),
    path("appointments/<str:reference>/", mine.detail, name="detail"),
    path("appointments/<str:reference>/withdraw/", changes.withdraw, name="withdraw"),
    path("appointments/<str:reference>/other-time/", changes.other_time, name="other-time"),
    path("appointments/<str:reference>/offer/", changes.answer_offer, name="offer"),
    path("appointments/<str:reference>/again/", changes.ask_again, name="again"),
    path("appointments/<str:reference>/calendar.ics", files.calendar, name="calendar"),
    path("appointments/<str:reference>/qr.svg", files.qr_code, name="qr"),
    path("appointments/<str:reference>/papers/<int:position>/", files.paper, name="paper"),
    path("track/", tracking.track, name="track"),
    path("track/code/", tracking.track_code, name="track-code"),
    path("track/<str:reference>/", tracking.track_detail, name="track-detail"),
    path("l/done/<slug:purpose>/", short_links.done, name="short-link-done"),
    path("l/<str:token>/", short_links.short_link, name="short-link"),
    path("voice/", voice.voice, name="voice"),
    path("promise/", promise.promise, name="promise"),
]
