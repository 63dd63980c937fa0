"""The directory and the page of a post; they show free times, so they are pages of this app.

The catalogue of services leads from there to an appointment, and stands beside them.
"""

from django.urls import path

from appointments.views import catalogue, directory

app_name = "officials"
urlpatterns = [
    path("", directory.directory, name="directory"),
    path("services/", catalogue.services, name="services"),
    path("services/<str:code>/", catalogue.service, name="service"),
    path("<str:code>/", directory.post_page, name="post"),
]
