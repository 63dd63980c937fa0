"""Every address of the portal with things that are there, and somebody whom it lets in.

Who is let in is read from the access matrix, so that nothing has to be tried out.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.test import Client
from django.urls import URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from tests.access import table
from tests.access.places import Address, addresses
from tests.bad_input.world import World

# What stands in a place that the world has nothing for.
USUAL: dict[str, list[Any]] = {
    "number": [1],
    "position": [1],
    "step": ["about", "papers", "check"],
    "purpose": ["withdraw"],
    "what": ["wrong"],
    "side": ["citizen"],
    "table": ["desks"],
    "report": ["pending"],
    "act": ["move"],
    "name": ["close", "park"],
    "kind": ["on_paper", "csv"],
    "slug": ["citizen", "confirm", "propose", "pause"],
}

# Whose work it is, where the matrix knows nobody who sees a page: some thing is missing for it.
WORK: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("admin:appointments_", ("private_secretary",)),
    ("admin:officials_", ("setup", "holder")),
    ("admin:plasma_", ("campaign_officer",)),
    ("admin:accounts_number", ("help_desk",)),
    ("admin:accounts_", ("appointing",)),
    ("admin:notifications_", ("messages",)),
    ("admin:pages_", ("messages",)),
    ("admin:audit_", ("auditor",)),
    ("admin:", ("setup",)),
    ("accounts:staff", ("anonymous",)),
    ("accounts:sign", ("anonymous",)),
    ("accounts:", ("citizen",)),
    ("appointments:", ("citizen",)),
    ("meetings:", ("holder", "citizen")),
    ("kendras:anomal", ("supervisor",)),
    ("kendras:", ("operator",)),
    ("plasma:decide", ("medical_officer",)),
    ("plasma:no-show", ("bank_desk",)),
    ("plasma:hospital", ("hospital",)),
    ("plasma:bank", ("bank_desk",)),
    ("eoffice:state", ("reports",)),
    ("eoffice:dispatch", ("registry", "section_officer")),
    ("eoffice:", ("clerk",)),
)
# Pages on which two kinds of people have different things to do.
SHARED = ("eoffice:", "meetings:", "plasma:", "admin:appointments_", "admin:plasma_")


class Entry(NamedTuple):
    """One line of the lists of addresses."""

    name: str
    route: str
    converters: dict[str, Any]


def entries(
    resolver: URLResolver | None = None, before: str = "/", space: str = ""
) -> Iterator[Entry]:
    """Every line, with the places of all lines above it."""
    for entry in (resolver or get_resolver()).url_patterns:
        pattern = entry.pattern
        here = before + (str(pattern) if isinstance(pattern, RoutePattern) else "?")
        if isinstance(entry, URLResolver):
            yield from entries(
                entry, here, f"{space}{entry.namespace}:" if entry.namespace else space
            )
        elif "?" not in here and entry.name:
            yield Entry(f"{space}{entry.name}", here, pattern.converters)


class Found(NamedTuple):
    """A page, and the browser that saw it."""

    name: str
    path: str
    client: Client
    status: int
    text: str


def named(begin: tuple[str, ...]) -> list[Address]:
    """The addresses whose names begin so; Django's old ones, which only lead on, have none."""
    found = {one for one in addresses() if not one.name.startswith("/")}
    return sorted(one for one in found if one.name.startswith(begin))


def pages(world: World, found: list[Address]) -> Iterator[Found]:
    """Each address, with every thing of the world that fits, as those see it who may."""
    rows = table.rows()
    for address in found:
        method, letters = rows.get(address.name, ("GET", ""))
        if method == "GET":
            yield from _seen(world, address, who_sees(address.name, letters))


def places_to_post(world: World, found: list[Address]) -> Iterator[tuple[str, Client, str]]:
    """The addresses that only take what is sent: name, who may send, where to."""
    rows = table.rows()
    for address in found:
        method, letters = rows.get(address.name, ("GET", ""))
        if method == "POST":
            for role in who_sees(address.name, letters)[:1]:
                for path in paths(world, address)[:1]:
                    yield address.name, world.client(role, _link_in(world, path)), path


def who_sees(name: str, letters: str) -> list[str]:
    """Who sees a page first, and last where each has work of their own; else whose work it is."""
    seen = [role for role, letter in zip(table.ROLES, letters, strict=False) if letter == "o"]
    if "anonymous" in seen:
        # A page that anybody sees is the same for all.
        return ["anonymous"]
    if seen:
        return [*dict.fromkeys((seen[0], seen[-1] if name.startswith(SHARED) else seen[0]))]
    return next(([*roles] for begin, roles in WORK if name.startswith(begin)), ["anonymous"])


def paths(world: World, address: Address) -> list[str]:
    """The address with each thing of the world that has a place in it."""
    usual = {place: USUAL[place] for place, _kind in address.places if place in USUAL}
    found = []
    for things in world.things:
        known = address.known(things)
        most = max(
            (len(values) for place, values in usual.items() if place not in known), default=1
        )
        for turn in range(most):
            filled = {place: values[turn % len(values)] for place, values in usual.items()}
            found.append(address.path({**filled, **known}))
    return [*dict.fromkeys(found)]


def _link_in(world: World, path: str) -> str:
    """The donor's link that stands in the address, if one does."""
    return next((one["link"] for one in world.things if f"/{one['link']}/" in path), "")


def _seen(world: World, address: Address, roles: list[str]) -> Iterator[Found]:
    for role in roles:
        for path in paths(world, address):
            yield seen(address.name, world.client(role, _link_in(world, path)), path)


def seen(name: str, client: Client, path: str) -> Found:
    """The page as this browser sees it."""
    answer: Any = client.get(path)
    return Found(name, path, client, answer.status_code, text_of(answer))


def text_of(answer: Any) -> str:
    """What is on the page; what is no page has nothing on it to fill in."""
    if answer.streaming:
        b"".join(answer.streaming_content)
        return ""
    html = answer.headers.get("Content-Type", "").startswith("text/html")
    return answer.content.decode(errors="replace") if html else ""
