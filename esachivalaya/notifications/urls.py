from django.urls import path

from esachivalaya.notifications import inbound_views, views, webhook_views

app_name = "notifications"
urlpatterns = [
    path("demo/phone/", views.phone, name="phone"),
    path("messages/inbound/", inbound_views.inbound_sms, name="inbound"),
    path("messages/receipt/<int:pk>/<str:token>/", webhook_views.receipt, name="receipt"),
    path("messages/stop/<int:pk>/<str:token>/", webhook_views.stop, name="stop-appeals"),
]
