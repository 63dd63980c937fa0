"""The directory and the page of a post; they show free times, so they are pages of this app."""

from django.urls import path

from appointments.views import directory

app_name = "officials"
urlpatterns = [
    path("", directory.directory, name="directory"),
    path("<str:code>/", directory.post_page, name="post"),
]
