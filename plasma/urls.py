"""The addresses of donors, banks and hospitals; all under /plasma/."""

from django.urls import URLPattern, path

from plasma.views import answers, closing, come, desk, hospital, link, my_data, pledging

app_name = "plasma"
# Behind a link, or behind "me" for who came with a code on the phone.
donors: list[URLPattern] = [
    path("", come.home, name="home"),
    path("come/", come.come, name="come"),
    path("come/code/", come.code, name="come-code"),
    path("come/about/", come.about, name="come-about"),
    path("answered/<slug:what>/", link.answered, name="answered"),
    path("d/<str:token>/", link.link, name="link"),
    path("d/<str:token>/wrong/", link.wrong, name="wrong"),
    path("d/<str:token>/leave/", link.leave, name="leave"),
    path("d/<str:token>/pledge/", pledging.pledge, name="pledge"),
    path("d/<str:token>/slot/", pledging.slot, name="slot"),
    path("d/<str:token>/cancel/", pledging.cancel, name="cancel"),
    path("d/<str:token>/later/", answers.later, name="later"),
    path("d/<str:token>/stop/", answers.stop, name="stop"),
    path("d/<str:token>/certificate/", answers.certificate, name="certificate"),
    path("d/<str:token>/my-data/", my_data.my_data, name="my-data"),
    path("d/<str:token>/my-data/file/", my_data.my_data_file, name="my-data-file"),
    path("d/<str:token>/my-data/delete/", my_data.delete, name="delete"),
]
hospitals: list[URLPattern] = [
    path("hospital/", hospital.hospitals, name="hospitals"),
    path("hospital/<slug:code>/", hospital.hospital, name="hospital"),
    path(
        "hospital/<slug:code>/<slug:reference>/close/", hospital.close_need, name="hospital-close"
    ),
]
banks: list[URLPattern] = [
    path("bank/", desk.banks, name="banks"),
    path("bank/<slug:code>/", desk.day, name="bank"),
    path("bank/<slug:code>/walk-in/", desk.walk_in, name="walk-in"),
    path("bank/<slug:code>/closing/", closing.closing, name="closing"),
    path("bank/<slug:code>/closing/<int:pk>/open/", closing.reopen, name="reopen"),
    path("bank/<slug:code>/visits/<int:pk>/", desk.visit, name="visit"),
    path("bank/<slug:code>/visits/<int:pk>/arrive/", desk.arrive, name="arrive"),
    path("bank/<slug:code>/visits/<int:pk>/decide/", desk.decide, name="decide"),
    path("bank/<slug:code>/visits/<int:pk>/no-show/", desk.no_show, name="no-show"),
]
urlpatterns: list[URLPattern] = [*hospitals, *donors, *banks]
