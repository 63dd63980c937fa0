from django.urls import path

from esachivalaya.notifications import views

app_name = "notifications"
urlpatterns = [
    path("demo/phone/", views.phone, name="phone"),
]
