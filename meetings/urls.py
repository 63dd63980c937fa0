"""The meeting's addresses. What the script asks is under the reference, never under a seat."""

from django.urls import path

from meetings.views import admitting, asking, calling, joining, pages, speaking, test_page

app_name = "meetings"
urlpatterns = [
    # What the provider of telephone calls asks and tells.
    path("calls/<int:pk>/<str:side>/", calling.call_words, name="call-words"),
    path("calls/<int:pk>/<str:side>/told/", calling.called, name="called"),
    path("test/", test_page.test_page, name="test"),
    path("today/", pages.day, name="day"),
    path("join/<str:token>/", joining.join, name="join"),
    path("<str:reference>/", pages.guest, name="guest"),
    path("<str:reference>/office/", pages.office, name="office"),
    path("<str:reference>/enter/", asking.enter, name="enter"),
    path("<str:reference>/poll/", asking.poll, name="poll"),
    path("<str:reference>/signal/", asking.signal, name="signal"),
    path("<str:reference>/leave/", asking.leave, name="leave"),
    path("<str:reference>/admit/", admitting.admit, name="admit"),
    path("<str:reference>/refuse/", admitting.refuse, name="refuse"),
    path("<str:reference>/remove/", admitting.remove, name="remove"),
    path("<str:reference>/end/", admitting.end, name="end"),
    path("<str:reference>/chat/", speaking.chat, name="chat"),
    path("<str:reference>/share/", speaking.share, name="share"),
    path("<str:reference>/shared/<int:position>/<int:number>.webp", speaking.shared, name="shared"),
    path("<str:reference>/call/", calling.call, name="call"),
]
