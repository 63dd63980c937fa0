"""Who reaches which page of donors, banks, hospitals and campaigns: one table, every address."""

from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver

from esachivalaya.accounts.models import User
from plasma import urls
from tests.donors import DonorCast
from tests.people import make_staff, make_superuser, sign_in_staff
from tests.plasma.test_bad_input import address, admin_address, pieces  # noqa: F401

pytestmark = pytest.mark.django_db
ALL = sorted(
    str(name)
    for name in get_resolver().namespace_dict["admin"][1].reverse_dict
    if isinstance(name, str) and name.startswith("plasma_")
)
# Who looks at the pages of a model; who only looks is in brackets.
READS = {
    "campaign": {"campaigns"},
    "cohort": {"campaigns"},
    "donor": {"campaigns"},
    "plasmarequest": {"campaigns"},
    "bank": {"setup", "appointing", "superuser"},
    "hospital": {"setup", "appointing", "superuser"},
    "policy": {"setup", "superuser"},
    "bankcharge": {"setup", "appointing", "superuser"},
    "hospitalcharge": {"setup", "appointing", "superuser"},
    "consententry": {"auditor"},
}
ADDS = {
    **READS,
    "bank": {"setup", "superuser"},
    "hospital": {"setup", "superuser"},
    "bankcharge": {"appointing", "superuser"},
    "hospitalcharge": {"appointing", "superuser"},
    "donor": set[str](),
    "plasmarequest": set[str](),
    "consententry": set[str](),
}


@pytest.fixture
def officers(donor_cast: DonorCast) -> dict[str, User]:
    roles = ("setup", "appointing", "auditor", "messages")
    made = {role: make_staff(f"matrix.{role}", roles=(role,)) for role in roles}
    return {
        **made,
        "campaigns": donor_cast.priya,
        "superuser": make_superuser("matrix.superuser"),
        "nobody": make_staff("matrix.nobody"),
        "desk": donor_cast.desk,
        "hospital": donor_cast.registrar,
    }


def reached(client: Client, path: str) -> bool:
    answer = client.get(path)
    if answer.status_code == 405:
        answer = client.post(path, {})
    if answer.status_code == 302:
        # Led on within the portal's own pages, or away from a page that is not theirs.
        return not answer["Location"].startswith(("/admin/login/", "/accounts/"))
    return answer.status_code not in {403, 404}


def test_every_page_of_the_admin_is_there_for_its_roles_alone(
    pieces: dict[str, Any],  # noqa: F811
    officers: dict[str, User],
) -> None:
    clients = {role: sign_in_staff(Client(), user) for role, user in officers.items()}
    for name in ALL:
        model = name.split("_")[1]
        # A row of these stands behind no address of its own, or none is there.
        wanted = (ADDS if name.endswith("_add") else READS)[model]
        path = admin_address(name, pieces)
        found = {role for role, client in clients.items() if reached(client, path)}
        assert found <= wanted, name
        if name.endswith(("_changelist", "_add")) or model in {"campaign", "plasmarequest"}:
            assert found == wanted, name


def test_the_desks_are_there_for_their_own_people_alone(
    pieces: dict[str, Any],  # noqa: F811
    officers: dict[str, User],
) -> None:
    clients = {role: sign_in_staff(Client(), user) for role, user in officers.items()}
    clients["stranger"] = Client()
    for patterns, own in ((urls.banks, "desk"), (urls.hospitals, "hospital")):
        for pattern in patterns:
            path = address(str(pattern.name), pieces)
            found = {role for role, client in clients.items() if reached(client, path)}
            # What only the medical officer does is not there for the desk either.
            closed = pattern.name in {"decide", "hospital-close"}
            assert found == (set() if closed else {own}), pattern.name
