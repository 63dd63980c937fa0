"""Who reaches which page of a Kendra: every address under /kendra/, for everybody who may come by.

The table is held against the addresses themselves: a new one must be entered here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from esachivalaya.accounts.models import User
from esachivalaya.accounts.services.staff import note_sign_in
from esachivalaya.common import clock
from kendras import urls
from kendras.models import Kendra, KendraCharge, KendraNotice
from kendras.services import operator_pins, tokens
from tests.counters import serve_at
from tests.kendras.meetings import meeting_here
from tests.people import Cast, make_staff, sign_in_household, sign_in_staff

# Whose page it is. "counter": of the operators of the Kendra in the address. "lock": theirs, locked
# or not. "pin": theirs, once the person at the counter has brought the PIN of the reference, which
# nobody has here. "operator": of whoever is an operator somewhere, by the second factor.
# "supervisor": of who oversees the district in the address; "anomaly": theirs, once something
# stands out, as nothing does here. "public": of everybody.
OF = {
    "counter": """counter today people offices services times code code-check book bookings booking
        booking-withdraw booking-move booking-offer help slip
        token-new token-act meetings meeting meeting-enter notice-seen""",
    "pin": "help-number help-number-code",
    "lock": "lock locked",
    "operator": "pin",
    "supervisor": "district district-csv anomalies",
    "anomaly": "anomaly-names",
    "home": "home",
    "public": "hall",
}
TABLE = {name: whose for whose, names in OF.items() for name in names.split()}
# What must be asked for, so that there is something to show.
QUERY = {"times": "?post=DC-REW"}
SIGN_IN = "/accounts/staff/"
CODE = "REW-0001"
OPEN, NOT_THERE, LOCKED, SIGN_IN_FIRST = "open", "404", "locked", "sign in"
EVERYWHERE = dict.fromkeys(OF, NOT_THERE) | {"public": OPEN}
# What each sees; what is not named is a 404.
SEES: dict[str, dict[str, str]] = {
    "nobody": dict.fromkeys(OF, SIGN_IN_FIRST) | {"public": OPEN},
    "citizen": {},
    "officer": {},
    "operator here": {"counter": OPEN, "lock": OPEN, "operator": OPEN, "home": OPEN},
    "without second factor": {},
    "operator elsewhere": {"operator": OPEN, "home": OPEN},
    "operator whose charge ended": {"home": OPEN},
    "operator of a closed Kendra": {"home": OPEN, "public": NOT_THERE},
    "taken over": {"counter": OPEN, "lock": OPEN, "home": OPEN},
    "taken over elsewhere": {"home": OPEN},
    "locked": dict.fromkeys((OF.keys() - {"public", "lock"}), LOCKED) | {"lock": OPEN},
    "supervisor": {"supervisor": OPEN, "home": OPEN},
    "supervisor elsewhere": {"home": OPEN},
    "auditor": {},
    "sets up": {},
}


@dataclass
class World:
    """Everything to which an address can lead, and who comes by."""

    cast: Cast
    kendra: Kendra
    other_kendra: Kendra
    operator: User
    other_operator: User
    supervisor: User
    values: dict[str, Any]


@pytest.fixture
def world(
    cast: Cast,
    kendra: Kendra,
    other_kendra: Kendra,
    operator: User,
    other_operator: User,
    supervisor: User,
) -> World:
    row = meeting_here(kendra, operator, cast)
    token = tokens.issue(kendra=kendra, by=operator)
    day = clock.day_of(clock.now())
    notice = KendraNotice.objects.create(kendra=kendra, kind="seat_lost", day=day, request=row)
    values: dict[str, Any] = {"reference": row.reference, "number": token.number, "pk": notice.pk}
    values |= {"kind": "on_paper", "key": "1"}
    return World(cast, kendra, other_kendra, operator, other_operator, supervisor, values)


def address(world: World, pattern: URLPattern) -> str:
    """The address with what is there in its places."""
    names = pattern.pattern.converters
    values = {**world.values, "code": CODE}
    if TABLE[str(pattern.name)] in {"supervisor", "anomaly"}:
        values["code"] = "REW"
    path = reverse(f"kendras:{pattern.name}", kwargs={name: values[name] for name in names})
    return path + QUERY.get(str(pattern.name), "")


def taken_over(world: World, kendra: Kendra, first: User) -> Client:
    """A session at ``kendra`` that a second operator took over with the PIN."""
    second = serve_at(kendra, make_staff("rakesh"))
    operator_pins.set_pin(user=second, pin="490317")
    note_sign_in(user=second)
    client = sign_in_staff(Client(), first)
    client.post(reverse("kendras:lock", args=[kendra.code]))
    given = {"user": str(second.pk), "pin": "490317"}
    client.post(reverse("kendras:locked", args=[kendra.code]), given)
    return client


def locked(world: World) -> Client:
    operator_pins.set_pin(user=world.operator, pin="280519")
    client = sign_in_staff(Client(), world.operator)
    client.post(reverse("kendras:lock", args=[CODE]))
    return client


def ended(world: World) -> Client:
    client = sign_in_staff(Client(), world.operator)
    ends_at = clock.now() - timedelta(seconds=1)
    KendraCharge.objects.filter(user=world.operator).update(ends_at=ends_at)
    return client


def closed_kendra(world: World) -> Client:
    Kendra.objects.filter(pk=world.kendra.pk).update(active=False)
    return sign_in_staff(Client(), world.operator)


def without_second_factor(world: World) -> Client:
    client = Client()
    client.force_login(world.operator, backend="esachivalaya.accounts.backends.StaffBackend")
    return client


def supervisor_elsewhere(world: World) -> Client:
    KendraCharge.objects.filter(user=world.supervisor).update(district=world.other_kendra.district)
    return sign_in_staff(Client(), world.supervisor)


COMES_AS: dict[str, Callable[[World], Client]] = {
    "nobody": lambda world: Client(),
    "citizen": lambda world: sign_in_household(Client(), world.cast.household),
    "officer": lambda world: sign_in_staff(Client(), world.cast.meera),
    "operator here": lambda world: sign_in_staff(Client(), world.operator),
    "without second factor": without_second_factor,
    "operator elsewhere": lambda world: sign_in_staff(Client(), world.other_operator),
    "operator whose charge ended": ended,
    "operator of a closed Kendra": closed_kendra,
    "taken over": lambda world: taken_over(world, world.kendra, world.operator),
    "taken over elsewhere": lambda world: taken_over(
        world, world.other_kendra, world.other_operator
    ),
    "locked": locked,
    "supervisor": lambda world: sign_in_staff(Client(), world.supervisor),
    "supervisor elsewhere": supervisor_elsewhere,
    "auditor": lambda world: sign_in_staff(Client(), make_staff("auditor", roles=("auditor",))),
    "sets up": lambda world: sign_in_staff(Client(), world.cast.nasreen),
}


def asked(client: Client, path: str, **headers: str) -> Any:
    """Open the page; send an empty form where it is only sent to."""
    answer = client.get(path, headers=headers or None)
    return client.post(path, headers=headers or None) if answer.status_code == 405 else answer


def seen(answer: Any) -> str:
    """What came of it, in the words of the table."""
    where = answer.headers.get("Location", "")
    if answer.status_code == 302 and where.startswith(SIGN_IN):
        return SIGN_IN_FIRST
    if answer.status_code == 302 and "/locked/?next=" in where:
        return LOCKED
    if answer.status_code == 302 and where.endswith("/locked/") and answer.request["PATH_INFO"]:
        return OPEN if answer.request["PATH_INFO"].endswith("/lock/") else LOCKED
    if answer.status_code == 404:
        return NOT_THERE
    assert answer.status_code < 500, answer.status_code
    return OPEN


def test_every_address_is_entered_here() -> None:
    assert {str(pattern.name) for pattern in urls.urlpatterns} == set(TABLE)


# The lock comes last: it changes what the session opens.
PATTERNS = sorted(urls.urlpatterns, key=lambda pattern: TABLE.get(str(pattern.name)) == "lock")


@pytest.mark.parametrize("who", list(COMES_AS))
def test_everybody_sees_what_is_theirs_and_nothing_else(world: World, who: str) -> None:
    client = COMES_AS[who](world)
    expected = {**EVERYWHERE, **SEES[who]}
    found = {
        str(pattern.name): seen(asked(client, address(world, pattern))) for pattern in PATTERNS
    }
    wanted = {str(pattern.name): expected[TABLE[str(pattern.name)]] for pattern in PATTERNS}
    assert found == wanted


def test_a_script_is_told_by_status_and_gets_no_other_page(world: World) -> None:
    nobody, behind_lock = Client(), locked(world)
    for pattern in PATTERNS:
        if TABLE[str(pattern.name)] == "counter":
            path = address(world, pattern)
            assert asked(nobody, path, **{"Sec-Fetch-Dest": "empty"}).status_code == 401, path
            assert asked(behind_lock, path, **{"Sec-Fetch-Dest": "empty"}).status_code == 423, path


def test_nothing_of_a_counter_is_kept_by_the_browser(world: World) -> None:
    client = sign_in_staff(Client(), world.operator)
    for pattern in PATTERNS:
        if TABLE[str(pattern.name)] not in {"public", "pin", "anomaly", "supervisor"}:
            answer = asked(client, address(world, pattern))
            assert "no-store" in answer.headers.get("Cache-Control", ""), pattern.name


# Nobody is both: operators are no citizens, and no officers.


def test_an_operator_cannot_act_as_a_citizen(world: World) -> None:
    client = sign_in_staff(Client(), world.operator)
    reference = world.values["reference"]
    for name in ("detail", "withdraw", "other-time", "calendar", "qr", "say-done", "rate"):
        answer = asked(client, reverse(f"appointments:{name}", args=[reference]))
        assert answer.status_code == 404, name
    assert client.get(reverse("appointments:list")).status_code == 403
    assert client.get(reverse("accounts:household")).status_code in {302, 403, 404}


def test_an_operator_sends_nothing_on_the_citizens_pages(world: World) -> None:
    """The draft is anybody's; looking it over and sending it is the household's."""
    client = sign_in_staff(Client(), world.operator)
    post = world.cast.rewari.code
    client.get(reverse("appointments:new", args=[post]))
    answer = client.post(reverse("appointments:new-step", args=[post, "check"]), {})
    assert answer.status_code in {302, 403}
    assert answer.headers.get("Location", "") != reverse("appointments:list")


def test_an_operator_is_no_officer(world: World) -> None:
    client = sign_in_staff(Client(), world.operator)
    reference = world.values["reference"]
    assert client.get(reverse("meetings:office", args=[reference])).status_code == 404
    assert client.get(reverse("meetings:day")).status_code == 404
    for path in ("/admin/", reverse("admin:appointments_request_change", args=[reference])):
        assert client.get(path).status_code == 302
    page = client.get(reverse("admin:appointments_request_changelist"), follow=True)
    assert page.status_code == 403
    assert reverse("kendras:home") in page.content.decode()


def test_a_citizens_session_has_nothing_of_a_counter(world: World) -> None:
    """Nor does the operator's have anything of a citizen's: no sign-in goes over the other."""
    client = sign_in_staff(Client(), world.operator)
    page = client.get(reverse("accounts:sign-in"))
    assert "signed in" in page.content.decode() or "साइन इन" in page.content.decode()
    assert client.session["_auth_user_id"] == str(world.operator.pk)
