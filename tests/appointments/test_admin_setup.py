"""Django's own lists and forms in the admin: our frame, a strict policy, roles that hold."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, reverse

from appointments.models import Category
from appointments.permissions import duties, may_answer
from tests.office import assert_strict, content
from tests.officials.pages import send
from tests.people import Cast, make_superuser, sign_in_household, sign_in_staff

pytestmark = pytest.mark.django_db
CATEGORIES = "/admin/appointments/category/"


def test_duties_come_from_live_charges_and_roles_alone(cast: Cast) -> None:
    answering = {"appointments.view_request", "appointments.change_request"}
    for user in (cast.meera, cast.suresh, cast.anil, cast.kavita):
        assert duties(user) == answering
    assert duties(cast.gurpreet) == set()
    assert not answering & duties(cast.nasreen)
    assert "appointments.change_category" in duties(cast.nasreen)
    assert not answering & duties(make_superuser())
    assert cast.household.user is not None
    assert duties(cast.household.user) == set()


def test_only_a_live_charge_of_the_post_lets_one_answer(cast: Cast) -> None:
    assert may_answer(cast.anil, cast.rewari)
    assert not may_answer(cast.kavita, cast.rewari)
    assert not may_answer(make_superuser(), cast.rewari)


def test_who_sets_up_adds_and_renames_categories_and_deletes_none(
    client: Client, cast: Cast
) -> None:
    sign_in_staff(client, cast.nasreen)
    water = {"code": "water", "name_en": "Water", "name_hi": "पानी", "position": "2"}
    assert send(client, f"{CATEGORIES}add/", **water).status_code == 302
    row = Category.objects.get(code="water")
    changed = send(client, f"{CATEGORIES}{row.pk}/change/", **{**water, "position": "3"})
    assert changed.status_code == 302
    row.refresh_from_db()
    assert row.position == 3
    assert client.post(f"{CATEGORIES}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    wrong = client.post(f"{CATEGORIES}add/", {"code": "", "name_en": ""})
    assert wrong.status_code == 200
    assert Category.objects.filter(code="water").exists()


def test_the_office_does_not_set_up_categories(client: Client, cast: Cast) -> None:
    sign_in_staff(client, cast.suresh)
    assert client.get(CATEGORIES).status_code == 403
    assert client.post(f"{CATEGORIES}add/", {"code": "x"}).status_code == 403
    sign_in_household(client, cast.household)
    assert client.get(CATEGORIES).status_code == 302


@pytest.mark.parametrize("who", ["nasreen", "gurpreet", "suresh"])
@pytest.mark.parametrize("language", ["hi", "en"])
def test_no_page_of_the_admin_has_inline_style_or_script(
    client: Client, cast: Cast, who: str, language: str
) -> None:
    sign_in_staff(client, getattr(cast, who))
    client.cookies["language"] = language
    seen = 0
    for model in admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        for page in ("changelist", "add"):
            try:
                shown = client.get(reverse(f"admin:{name}_{page}"))
            except NoReverseMatch:
                continue
            if shown.status_code == 200:
                assert_strict(shown)
                seen += 1
        row = model._default_manager.first()
        if row is not None and model._meta.label != "appointments.Request":
            shown = client.get(reverse(f"admin:{name}_change", args=[row.pk]))
            if shown.status_code == 200:
                assert_strict(shown)
                seen += 1
    assert seen
    assert_strict(client.get("/admin/"))


def test_the_admin_has_our_header_and_no_theme_switch(client: Client, cast: Cast) -> None:
    sign_in_staff(client, cast.nasreen)
    shown = content(client.get(CATEGORIES))
    assert "ई-सचिवालय" in shown
    assert reverse("accounts:language") in shown
    assert reverse("accounts:sign-out") in shown
    assert "theme-toggle" not in shown
    assert "nav-sidebar" not in shown
    assert_strict(client.get("/admin/appointments/"))
