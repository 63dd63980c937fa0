"""The admin has no way of its own to change a password: one page does, and leaves a record."""

import pytest
from django.test import Client

from esachivalaya.audit.models import Entry
from tests.people import STAFF_PASSWORD, make_staff, sign_in_staff

pytestmark = pytest.mark.django_db


def test_django_s_own_page_leads_to_the_portal_s_and_changes_nothing(client: Client) -> None:
    user = make_staff("nasreen", roles=("setup",), password=STAFF_PASSWORD)
    sign_in_staff(client, user)
    new = "Naya-darwaza-khula-9"
    typed = {"old_password": STAFF_PASSWORD, "new_password1": new, "new_password2": new}
    for response in (
        client.get("/admin/password_change/"),
        client.post("/admin/password_change/", typed),
    ):
        assert response.status_code == 302
        assert response["Location"] == "/accounts/password/"
    user.refresh_from_db()
    assert user.check_password(STAFF_PASSWORD)
    assert not Entry.objects.filter(act="password_changed").exists()
