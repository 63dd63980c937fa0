"""Every address of donors, banks and hospitals with what no page sends: words, never a 500.

A table of odd values, each put into every field, query and address; for the pages of officers in
the admin as well.
"""

from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from appointments.diary import slot_value
from esachivalaya.accounts.models import User
from esachivalaya.common.idempotency import new_key
from plasma import urls
from plasma.models import Campaign, Invitation
from plasma.services import answers, closures, links, matching, needs, pledges
from plasma.services.answers import Asker
from tests.donors import DonorCast, make_campaign, make_invitation
from tests.people import make_staff, sign_in_staff
from tests.plasma.donor_pages import said, slots
from tests.plasma.lists import kept, line, written

pytestmark = pytest.mark.django_db
NAMES = [str(pattern.name) for pattern in urls.urlpatterns]
# The lists and forms that Django makes are its own; of them the new forms are enough.
ADMIN = sorted(
    str(name)
    for name in get_resolver().namespace_dict["admin"][1].reverse_dict
    if isinstance(name, str)
    and name.startswith("plasma_")
    and (
        name.startswith(("plasma_campaign", "plasma_plasmarequest"))
        or name.endswith(("_upload", "_preview", "_columns", "_discard", "_refused", "_add"))
        or name in {"plasma_donor_changelist", "plasma_consententry_changelist"}
    )
)
ODD = [
    "\x00",
    "-" + "9" * 400,
    "\u202e\u200d😀' OR 1=1 --%_\\<b>क़",
    "9999-12-31",
    "0001-01-01",
    "9999-12-31T23:00/9999-12-31T23:59",
]
BODIES = [
    ("application/json", b"{"),
    ("application/x-www-form-urlencoded", b"phone=%ff%fe&key=%00&year=%c3%28"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n"),
    ("text/plain", b"\x00\x01"),
]


@pytest.fixture
def pieces(
    donor_cast: DonorCast, campaign: Campaign, invitation: Invitation, settings: Any
) -> dict[str, Any]:
    """A visit that is booked, a closed time, a need with its list, a file that waits."""
    made = answers.pledge(
        asker=Asker(donor_cast.suman, invitation), bank=donor_cast.bank, answers=said()
    )
    span = slots(donor_cast.bank)[-1]
    closure = closures.close(
        bank=donor_cast.bank, span=span, words="Repair", by=donor_cast.desk, shown=set()
    )
    row = pledges.book(pledge=made, span=slots(donor_cast.bank)[0], version=made.version)
    need = needs.ask(
        hospital=donor_cast.hospital, by=donor_cast.registrar, group="O", units=1,
        needed_by=closure.made_at + (span.end - span.start),
    )  # fmt: skip
    matching.propose(request=need, by=donor_cast.priya)
    return {
        "cast": donor_cast,
        "token": links.token_of(invitation.pk),
        "invitation": invitation,
        "pk": row.pk,
        "closure": closure.pk,
        "need": need,
        "proposal": need.proposals.first(),
        "draft": make_campaign(donor_cast.cohort, by=donor_cast.priya),
        "file": kept(donor_cast.cohort, written([line()]), donor_cast.priya),
        "slot": slot_value(slots(donor_cast.bank)[1]),
        "auditor": make_staff("auditor", roles=("auditor",)),
    }


def client_for(name: str, pieces: dict[str, Any]) -> Client:
    """Whoever may open it; an error is answered by the portal's own page."""
    client = Client(raise_request_exception=False)
    client.cookies["language"] = "en"
    cast: DonorCast = pieces["cast"]
    if name.startswith("plasma_"):
        return sign_in_staff(client, _officer(name, pieces))
    pattern = next(one for one in urls.urlpatterns if one.name == name)
    if pattern in urls.hospitals:
        return sign_in_staff(client, cast.registrar)
    if pattern in urls.banks:
        return sign_in_staff(client, cast.doctor)
    if name in {"come-code", "come-about"}:
        client.post(reverse("plasma:come"), {"key": new_key(), "phone": "98700 33333"})
        session: Any = client.session
        session["plasma_come"] = {"phone": "+919870033333", "proved": "2999-01-01T00:00:00+00:00"}
        session.save()
        return client
    # Deleted once, there is nobody to open it for.
    year = pieces["invitation"].donor.year_of_birth
    client.post(reverse("plasma:link", args=[pieces["token"]]), {"year": str(year)})
    return client


def _officer(name: str, pieces: dict[str, Any]) -> User:
    cast: DonorCast = pieces["cast"]
    model = name.split("_")[1]
    if model in {"bankcharge", "hospitalcharge"}:
        return cast.gurpreet
    if model in {"bank", "hospital", "policy", "bankhours"}:
        return cast.nasreen
    officer: User = pieces["auditor"] if model == "consententry" else cast.priya
    return officer


def address(name: str, pieces: dict[str, Any], **odd: Any) -> str:
    """The address of that name, with ``odd`` in the places that it has."""
    cast: DonorCast = pieces["cast"]
    pattern = next(one for one in urls.urlpatterns if one.name == name)
    known: dict[str, Any] = {
        "code": cast.hospital.code if pattern in urls.hospitals else cast.bank.code,
        "token": pieces["token"],
        "pk": pieces["closure"] if name == "reopen" else pieces["pk"],
        "reference": pieces["need"].reference,
        "what": "wrong",
    }
    chosen = {place: odd.get(place, known[place]) for place in pattern.pattern.converters}
    return reverse(f"plasma:{name}", kwargs=chosen)


def admin_address(name: str, pieces: dict[str, Any]) -> str:
    model = name.split("_")[1]
    cast: DonorCast = pieces["cast"]
    pk = {
        "campaign": pieces["draft"].pk,
        "plasmarequest": pieces["need"].pk,
        "bank": cast.bank.pk,
        "hospital": cast.hospital.pk,
        "policy": cast.policy.pk,
        "cohort": cast.cohort.pk,
    }.get(model, 1)
    if name in {"plasma_cohort_preview", "plasma_cohort_columns", "plasma_cohort_discard",
                "plasma_cohort_refused"}:  # fmt: skip
        pk = pieces["file"].pk
    for args in ([], [pk], [pk, "propose"], [pk, pieces["proposal"].pk, "ask"]):
        try:
            return reverse(f"admin:{name}", args=args)
        except Exception:  # noqa: S112 (whichever of them it takes)
            continue
    raise AssertionError(name)


def form(pieces: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The fields of all forms at once, each filled in as its page sends it."""
    return {
        "key": new_key(), "form_key": new_key(), "version": "1", "year": "1985",
        "phone": "98700 44444", "code": "123456", "name": "Kavita Rani", "district": "GGM",
        "blood_group": "O+", "agree": "on", "may_ask": "on", "back": "", "back-year": "1985",
        "recovered_on": "2020-06-01", "weight_kg": "62", "pregnant": "no", "insulin": "no",
        "blood_pressure": "no", "long_illness": "no", "slot": pieces["slot"],
        "day": "2020-08-01", "whom": "me", "outcome": "donated", "haemoglobin": "13,5",
        "reason": "", "until": "", "for_good": "", "first": "2020-08-01", "last": "",
        "opens": "", "closes": "", "words": "Repair of the lift", "shown": "", "group": "O",
        "units": "1", "needed_by": "2020-08-01T10:00", "needed_by_0": "2020-08-01",
        "needed_by_1": "10:00", "purpose": "A question of the donor by telephone",
        "donor": "", "turn": "on", "cohort": str(pieces["cast"].cohort.pk), "districts": "GGM",
        "blood_groups": "O+", "not_asked_for_days": "30", "template": "plasma_appeal",
        "pace": "600", "first_hour": "10:00", "last_hour": "19:00",
        "ends_at": "2020-08-01T10:00", "without_refused": "on", "year_of_birth": "2",
        **changes,
    }  # fmt: skip


def looked_at(answer: Any, what: object) -> None:
    assert answer.status_code < 500, (answer.status_code, what)


def try_fields(client: Client, path: str, pieces: dict[str, Any]) -> None:
    fields = list(form(pieces))
    if client.post(path, form(pieces)).status_code == 405:
        return
    for first, value in enumerate(ODD):
        # A third of the fields at a time, each with another value; then all with the same one.
        changed = {
            field: ODD[(first + place) % len(ODD)]
            for place, field in enumerate(fields)
            if place % 3 == first % 3 and field not in {"key", "form_key"}
        }
        looked_at(client.post(path, form(pieces, **changed)), (path, changed))
        keyed = dict.fromkeys(fields, value) | {"key": new_key(), "form_key": new_key()}
        looked_at(client.post(path, keyed), (path, value[:20]))


def try_queries(client: Client, path: str) -> None:
    if client.get(path).status_code == 405:
        return
    names = "day from bank after first last opens closes words q p o next slot kind"
    for value in ODD:
        told = quote(value, errors="replace")
        query = "&".join(f"{one}={told}" for one in names.split())
        looked_at(client.get(f"{path}?{query}"), (path, value[:20]))
        # A form that is in the address, and sent.
        looked_at(client.post(f"{path}?{query}", {"key": new_key()}), (path, value[:20]))
    for last in ("9999-12-31", "0001-01-01"):
        query = f"first={last}&last=9999-12-31&opens=00:00&closes=&words=abc&bank=GGM"
        looked_at(client.get(f"{path}?{query}"), (path, query))


def try_bodies(client: Client, path: str) -> None:
    for kind, body in BODIES:
        looked_at(client.generic("POST", path, body, content_type=kind), (path, kind, body))
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"):
        looked_at(client.generic(method, path), (path, method))


@pytest.mark.parametrize("name", NAMES)
def test_odd_values_on_the_pages(name: str, pieces: dict[str, Any]) -> None:
    path = address(name, pieces)
    client = client_for(name, pieces)
    try_queries(client, path)
    try_bodies(client, path)
    if path.startswith("/plasma/d/"):
        client = client_for(name, pieces)
    try_fields(client, path, pieces)


@pytest.mark.parametrize("name", ADMIN)
def test_odd_values_in_the_admin(name: str, pieces: dict[str, Any]) -> None:
    path = admin_address(name, pieces)
    client = client_for(name, pieces)
    try_queries(client, path)
    try_fields(client, path, pieces)


@pytest.mark.parametrize("named", [NAMES[:14], NAMES[14:]])
def test_addresses_that_lead_nowhere(named: list[str], pieces: dict[str, Any]) -> None:
    stranger = make_invitation(make_campaign(pieces["cast"].cohort), pieces["cast"].imran)
    places = {
        "code": ["PKL", "NOWHERE", "x" * 300],
        "token": ["me", "x" * 300, "क़", "\x00", links.token_of(stranger.pk), "A" * 23],
        "pk": [0, 10**30],
        "reference": ["PL7K4P92MX", "x" * 300],
        "what": ["x" * 300],
    }
    for name in named:
        client = client_for(name, pieces)
        own = next(one for one in urls.urlpatterns if one.name == name).pattern.converters
        for place, values in places.items():
            for value in values if place in own else []:
                path = address(name, pieces, **{place: value})
                looked_at(client.get(path), (place, value))
                looked_at(client.post(path, form(pieces)), (place, value))
        for raw in ("bank/%00/", "hospital/%00/", "d/%00/", "d/%ff/", "answered/%00/"):
            looked_at(client.get(f"/plasma/{raw}"), raw)
