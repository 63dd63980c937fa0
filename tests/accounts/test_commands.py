"""The first superuser, and the staff of the demo."""

from functools import partial
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.test import Client

from esachivalaya.accounts.models import Invitation, User
from esachivalaya.accounts.services import staff
from esachivalaya.accounts.services.demo import make_demo_staff
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.accounts.services.second_factor import current_totp
from tests import people

pytestmark = pytest.mark.django_db
GIVEN: dict[str, Any] = {
    "name_en": "Chief",
    "name_hi": "मुख्य",
    "email": "chief@office.example",
    "phone": "98000 00009",
}


def appoint(username: str = "chief", **given: Any) -> str:
    out = StringIO()
    call_command("appoint_first", username, **{**GIVEN, **given}, stdout=out)
    return out.getvalue()


def test_the_first_superuser_gets_a_link_that_works(client: Client) -> None:
    text = appoint()
    link = text.strip().splitlines()[-1]
    user = User.objects.get()
    assert user.is_superuser
    assert user.phone == "+919800000009"
    assert not user.has_usable_password()
    path = "/" + link.split("/", 3)[3]
    assert client.get(path).status_code == 200
    assert Invitation.objects.get().made_by is None


def test_a_second_superuser_needs_two_words() -> None:
    people.make_superuser()
    with pytest.raises(CommandError):
        appoint()
    with pytest.raises(CommandError):
        appoint(another=True)
    assert User.objects.count() == 1
    appoint(another=True, yes_another=True)
    assert User.objects.filter(is_superuser=True).count() == 2


@pytest.mark.parametrize(
    "wrong", [{"phone": "12"}, {"email": "no"}, {"username": "a b"}, {"username": "x" * 81}]
)
def test_wrong_particulars_stop_with_a_sentence(wrong: dict[str, str]) -> None:
    with pytest.raises(CommandError):
        appoint(wrong.pop("username", "chief"), **wrong)
    assert not User.objects.exists()


def test_two_commands_at_once_make_one_superuser(transactional_db: None, race: Any) -> None:
    outcomes = race(
        *[
            partial(staff.appoint_first, **{**GIVEN, "username": f"chief{number}"})
            for number in range(4)
        ]
    )
    assert sum(outcome.ok for outcome in outcomes) == 1
    assert {type(outcome.error) for outcome in outcomes if not outcome.ok} == {Refused}
    assert User.objects.filter(is_superuser=True).count() == 1


def test_demo_staff_sign_in_with_the_code_that_the_demo_shows(
    client: Client, settings: Any
) -> None:
    settings.DEMO = True
    names = {"name_en": "Suresh", "name_hi": "सुरेश"}
    make_demo_staff("ps.rewari", people.STAFF_PASSWORD, roles=("setup",), **names)
    user = make_demo_staff("ps.rewari", people.STAFF_PASSWORD, **names)
    data = {"username": "ps.rewari", "password": people.STAFF_PASSWORD}
    assert client.post("/accounts/staff/", data).status_code == 302
    assert client.post("/accounts/staff/code/", {"code": current_totp(user)}).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_without_the_demo_setting_there_are_no_demo_staff_and_no_codes(
    settings: Any,
) -> None:
    settings.DEMO = False
    with pytest.raises(PermissionDenied):
        make_demo_staff("x", people.STAFF_PASSWORD, name_en="X", name_hi="X")
    with pytest.raises(PermissionDenied):
        current_totp(people.make_staff("meera"))
    assert User.objects.count() == 1
