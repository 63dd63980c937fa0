"""Who can sign in to the demo, as it is printed, and the second factors the demo phone shows."""

from collections.abc import Iterator

from django.conf import settings
from django.db.models import Case, Count, IntegerField, Q, Value, When
from django.urls import reverse
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from appointments.models import Request
from esachivalaya.accounts.models import Household, User
from esachivalaya.common.references import grouped
from esachivalaya.demo import eoffice, plasma
from esachivalaya.demo.history import PIN
from esachivalaya.demo.households import USERNAME
from esachivalaya.demo.kendras import OPERATOR_PIN, OPERATORS, SUPERVISOR
from esachivalaya.demo.offices import (
    APPOINTING,
    AUDITOR,
    HELP_DESK,
    MESSAGES,
    PASSWORD,
    REPORTS,
    SETUP,
    VACANT,
)
from kendras.models import KendraCharge
from officials.models import Charge, Post

DUTIES = {
    SETUP: "sets up departments, posts, holidays",
    APPOINTING: "appoints staff",
    MESSAGES: "watches the messages",
    AUDITOR: "reads the audit record",
    HELP_DESK: "helps citizens with a new number",
    REPORTS: "reads the reports of the whole State",
}
# Whose sign-in is printed; everybody else's follows from the rule below the table.
SHOWN = (
    "dc-rew", "dc-rew-ps", "adc-rew", "div-ggm", "acs-home", "min-home-ps", "cm-ps",
    SETUP, APPOINTING, MESSAGES, AUDITOR, HELP_DESK, REPORTS, *OPERATORS, SUPERVISOR,
)  # fmt: skip
_FIRST = (*SHOWN, *plasma.CAMPAIGNS, *eoffice.SHOWN)
FAMILIES = 5
OPEN = (Request.Status.REQUESTED, Request.Status.CONFIRMED)


def second_factors() -> list[tuple[str, str]]:
    """Return each demo staff's current code, those whose sign-in is printed first.

    For the demo phone; empty unless the demo setting is on. One query.
    """
    if not settings.DEMO:
        return []
    order = Case(
        *(When(user__username=name, then=Value(place)) for place, name in enumerate(_FIRST)),
        default=Value(len(_FIRST)),
        output_field=IntegerField(),
    )
    devices = (
        TOTPDevice.objects.filter(confirmed=True, user__kind=User.Kind.STAFF, user__is_active=True)
        .select_related("user")
        .order_by(order, "user__username")
    )
    return [
        (device.user.username, f"{TOTP(device.bin_key, drift=device.drift).token():06}")
        for device in devices
    ]


def table() -> str:
    """Return the sign-ins as they are printed."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    phone = _address("notifications:phone")
    yield f"Portal           {_address('home')}"
    yield f"Demo phone       {phone}  (every SMS and e-mail; second factors of staff)"
    yield ""
    yield "Citizens         sign in with a mobile number; the code comes to the demo phone"
    yield from _families()
    yield from _private()
    yield ""
    yield f"Staff            {_address('admin:index')}  password of all: {PASSWORD}"
    yield "                 (one for all, known to everybody: for a demo on one's own machine only)"
    yield from _staff()
    yield "  any other post: its code in small letters (dc-ggm); its private secretary: dc-ggm-ps"
    if Post.objects.filter(code=VACANT).exists():
        yield f"  {VACANT} is vacant: only its private secretary answers"
    yield ""
    yield f"Kendras          {_address('kendras:home')}  the same password, and a code"
    yield from _kendras()
    yield f"  at a counter where one of them is signed in the PIN {OPERATOR_PIN} takes it over"
    yield ""
    yield f"Plasma           {_address('plasma:home')}  the same password, and a code"
    yield from _plasma()
    yield ""
    yield f"e-Office         {_address('eoffice:home')}  the same password, and a code"
    yield from _eoffice()
    yield "  any other desk: the code of its post in small letters (tcp-lic-so)"


def _address(name: str) -> str:
    return settings.PUBLIC_URL + reverse(name)


def _families() -> Iterator[str]:
    """Name the first families who have something to look at, and the last number."""
    demo = Household.objects.filter(user__username__startswith=USERNAME)
    waits = Q(citizens__requests__status__in=OPEN, citizens__requests__private=False)
    families = demo.annotate(open_requests=Count("citizens__requests", filter=waits))
    shown = families.filter(open_requests__gt=0).order_by("user__username")[:FAMILIES]
    for household in shown.prefetch_related("citizens"):
        names = ", ".join(person.name for person in household.citizens.all())
        yield f"  {_spaced(household)}  {names} ({household.open_requests} open)"
    newest = demo.order_by("user__username").last()
    if newest is not None:
        yield f"  ... and the others up to {_spaced(newest)}"


def _private() -> Iterator[str]:
    """Name a request that no list shows; every request of the demo has the same PIN."""
    row = (
        Request.objects.open()
        .filter(private=True, citizen__household__user__username__startswith=USERNAME)
        .select_related("citizen__household")
        .order_by("pk")
        .first()
    )
    yield f"  {_address('appointments:track')}  opens any demo request with the PIN {PIN}"
    if row is not None:
        of = _spaced(row.citizen.household)
        yield f"  {grouped(row.reference)}  is a private request of {of}: no list shows it"


def _staff() -> Iterator[str]:
    users = {user.username: user for user in User.objects.filter(username__in=SHOWN)}
    charges: dict[str, list[str]] = {}
    found = Charge.objects.live().filter(user__username__in=SHOWN).select_related("post", "user")
    for charge in sorted(found, key=lambda one: (one.kind != Charge.Kind.HOLDER, one.pk)):
        kind = "" if charge.kind == Charge.Kind.HOLDER else f" ({_KINDS[charge.kind]})"
        charges.setdefault(charge.user.username, []).append(f"{charge.post.title_en}{kind}")
    for name in SHOWN:
        if name in users and name not in {*OPERATORS, SUPERVISOR}:
            what = DUTIES.get(name) or "; ".join(charges.get(name, []))
            yield f"  {name:<13}  {users[name].name_en:<22} {what}"


def _kendras() -> Iterator[str]:
    """Name the operators of the demo with their Kendra, and who oversees a district."""
    people = (
        KendraCharge.objects.live()
        .filter(user__username__in=[*OPERATORS, SUPERVISOR])
        .select_related("user", "kendra", "district")
        .order_by("kind", "user__username")
    )
    for charge in people:
        place = charge.kendra.name_en if charge.kendra else "oversees the Kendras of "
        place += charge.district.name_en if charge.district else ""
        yield f"  {charge.user.username:<17}  {charge.user.name_en:<22} {place}"


def _plasma() -> Iterator[str]:
    """Name who runs campaigns, serves at the banks and asks for hospitals."""
    what = plasma.sign_ins()
    users = {user.username: user for user in User.objects.filter(username__in=what)}
    for name, words in what.items():
        if name in users:
            yield f"  {name:<17}  {users[name].name_en:<22} {words}"


def _eoffice() -> Iterator[str]:
    """Name who sits at a few desks, from the assistant's upwards."""
    charges = Charge.objects.live().filter(user__username__in=eoffice.SHOWN)
    for charge in charges.select_related("user", "post").order_by("-pk"):
        yield f"  {charge.user.username:<17}  {charge.user.name_en:<22} {charge.post.title_en}"


_KINDS: dict[str, str] = {
    Charge.Kind.ADDITIONAL: "additional charge",
    Charge.Kind.LINK_OFFICER: "link officer",
    Charge.Kind.STAFF: "private secretary",
}


def _spaced(household: Household) -> str:
    phone = household.phone or ""
    return f"{phone[:3]} {phone[3:8]} {phone[8:]}"
