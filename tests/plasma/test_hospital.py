"""A hospital's page, and the officer's: needs and counts, and never a donor."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from appointments.services.refusals import Refused
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from plasma.models import HospitalCharge, PlasmaRequest
from plasma.services import matching, needs
from tests.donors import DonorCast, ask_for, make_donor, make_hospital
from tests.office import assert_strict, content, queries
from tests.people import make_staff, sign_in_staff
from tests.plasma.test_matching import need

pytestmark = pytest.mark.django_db


@pytest.fixture
def registrar(donor_cast: DonorCast) -> Client:
    """Who asks for the hospital, reading English."""
    client = Client()
    client.cookies["language"] = "en"
    return sign_in_staff(client, donor_cast.registrar)


def page(cast: DonorCast) -> str:
    return reverse("plasma:hospital", args=[cast.hospital.code])


def typed(**fields: Any) -> dict[str, Any]:
    by = clock.now().astimezone(clock.IST) + timedelta(days=2)
    return {
        "key": new_key(),
        "group": "AB",
        "units": 2,
        "needed_by": f"{by:%Y-%m-%dT%H:%M}",
        **fields,
    }


def test_a_hospital_asks_and_sees_how_far_it_is(donor_cast: DonorCast, registrar: Client) -> None:
    assert_strict(registrar.get(page(donor_cast)))
    data = typed(group="O")
    for _time in range(2):
        assert registrar.post(page(donor_cast), data).status_code == 302
    row = PlasmaRequest.objects.get()
    matching.propose(request=row, by=donor_cast.priya)
    one = row.proposals.get(donor=donor_cast.suman)
    matching.ask(proposal=one, by=donor_cast.priya, version=one.version)
    text = content(registrar.get(page(donor_cast)))
    assert row.shown_reference in text
    assert "1 donors asked, 0 pledged" in text
    for word in ("Suman", "98700", str(donor_cast.suman.pk) + "</"):
        assert word not in text


def test_a_hospital_closes_what_it_does_not_need(donor_cast: DonorCast, registrar: Client) -> None:
    row = need(donor_cast)
    address = reverse("plasma:hospital-close", args=[donor_cast.hospital.code, row.reference])
    assert registrar.get(address).status_code == 405
    old = {"key": new_key(), "version": row.version + 1}
    registrar.post(address, old)
    row.refresh_from_db()
    assert row.status == "open"
    assert registrar.post(address, {"key": new_key(), "version": row.version}).status_code == 302
    row.refresh_from_db()
    assert row.status == "closed"


def test_only_whoever_asks_for_it_sees_a_hospitals_page(
    donor_cast: DonorCast, registrar: Client
) -> None:
    other = make_hospital("PGI-RTK", name_en="PGIMS, Rohtak", district="RTK")
    theirs = needs.ask(
        hospital=other,
        by=ask_for(other, make_staff("rohtak")),
        group="A",
        units=1,
        needed_by=clock.now() + timedelta(days=1),
    )
    assert registrar.get(reverse("plasma:hospital", args=[other.code])).status_code == 404
    address = reverse("plasma:hospital-close", args=[donor_cast.hospital.code, theirs.reference])
    data = {"key": new_key(), "version": theirs.version}
    assert registrar.post(address, data).status_code == 404
    for person in (donor_cast.priya, donor_cast.desk, donor_cast.nasreen):
        client = sign_in_staff(Client(), person)
        assert client.get(page(donor_cast)).status_code == 404
    stranger = Client().get(page(donor_cast))
    assert stranger.status_code == 302
    assert reverse("accounts:staff-sign-in") in stranger["Location"]
    HospitalCharge.objects.filter(user=donor_cast.registrar).update(ends_at=clock.now())
    assert registrar.get(page(donor_cast)).status_code == 404
    with pytest.raises(PermissionDenied):
        need(donor_cast)


@pytest.mark.parametrize(
    "wrong",
    [
        {"group": "A+"},
        {"units": "0"},
        {"units": "21"},
        {"needed_by": "2020-01-01T10:00"},
        {"needed_by": "2099-01-01T10:00"},
        {"needed_by": ""},
    ],
)
def test_a_mistake_is_told_and_nothing_is_asked(
    donor_cast: DonorCast, registrar: Client, wrong: dict[str, str]
) -> None:
    response = registrar.post(page(donor_cast), typed(**wrong))
    assert response.status_code == 422
    assert "error-summary" in response.content.decode()
    assert not PlasmaRequest.objects.exists()


def test_a_hospital_has_so_many_open_requests_and_no_more(donor_cast: DonorCast) -> None:
    for _number in range(needs.MOST_OPEN):
        need(donor_cast)
    with pytest.raises(Refused) as refused:
        need(donor_cast)
    assert refused.value.rule == "too_many"


def test_the_page_takes_the_same_queries_for_many(donor_cast: DonorCast, registrar: Client) -> None:
    need(donor_cast)
    registrar.get(page(donor_cast))
    few = len(queries(registrar, page(donor_cast)))
    for _number in range(8):
        need(donor_cast)
    assert len(queries(registrar, page(donor_cast))) == few


# --- the officer's pages ---


def officer(name: str, *args: Any) -> str:
    return reverse(f"admin:plasma_plasmarequest_{name}", args=args)


def test_an_officer_looks_and_asks_without_a_name(
    donor_cast: DonorCast, campaigns_client: Client
) -> None:
    row = need(donor_cast)
    assert_strict(campaigns_client.get(officer("changelist")))
    assert_strict(campaigns_client.get(officer("change", row.pk)))
    data = {"key": new_key(), "version": row.version}
    assert campaigns_client.post(officer("look", row.pk), data).status_code == 302
    response = campaigns_client.get(officer("change", row.pk))
    assert_strict(response)
    text = content(response)
    assert "Panchkula" in text
    for word in ("Suman", "Rakesh", "Imran", "98700"):
        assert word not in text
    one = row.proposals.order_by("rank")[0]
    data = {"key": new_key(), "version": one.version}
    address = officer("answer", row.pk, one.pk, "ask")
    for _time in range(2):
        assert campaigns_client.post(address, data).status_code == 302
    one.refresh_from_db()
    assert one.status == "asked"
    other = row.proposals.order_by("rank")[1]
    data = {"key": new_key(), "version": other.version}
    assert (
        campaigns_client.post(officer("answer", row.pk, other.pk, "pass"), data).status_code == 302
    )
    other.refresh_from_db()
    assert other.status == "passed_over"


def test_others_see_no_request(donor_cast: DonorCast, campaigns_client: Client) -> None:
    row = need(donor_cast)
    client = sign_in_staff(Client(), donor_cast.nasreen)
    for address in (officer("changelist"), officer("change", row.pk)):
        assert client.get(address).status_code == 404
    data = {"key": new_key(), "version": row.version}
    assert client.post(officer("look", row.pk), data).status_code == 404
    assert campaigns_client.get(officer("look", row.pk)).status_code == 405
    assert campaigns_client.get(officer("change", 10**9)).status_code == 404
    assert campaigns_client.post(officer("answer", row.pk, 10**9, "ask"), data).status_code == 404


def test_the_officers_page_takes_the_same_queries_for_many(
    donor_cast: DonorCast, campaigns_client: Client
) -> None:
    row = need(donor_cast, units=20)
    matching.propose(request=row, by=donor_cast.priya)
    address = officer("change", row.pk)
    campaigns_client.get(address)
    few = len(queries(campaigns_client, address))
    for number in range(20):
        make_donor(f"Donor{number} Singh", cohort=donor_cast.cohort)
    matching.propose(request=row, by=donor_cast.priya)
    assert len(queries(campaigns_client, address)) == few
