"""Walking through every address as one kind of person."""

from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any, NamedTuple

from django.db import transaction
from django.test import Client

from tests.access import places, table
from tests.access.places import Address
from tests.access.world import World

# An address without a name leads on to one with a name: Django's old addresses of the admin.
ALL = sorted({one for one in places.addresses() if not one.name.startswith("/")})


class Step(NamedTuple):
    """What one address answered: its letter, and what stands elsewhere for what does not exist."""

    address: Address
    method: str
    letter: str
    # The address of another's thing that is told from one that is not there; "" when none is.
    told: str


def answered(client: Client, method: str, path: str) -> Any:
    """The answer to an empty question; nothing that it wrote stays, nor what it did to cookies."""
    cookies = SimpleCookie({name: one.value for name, one in client.cookies.items()})
    with transaction.atomic():
        answer = client.generic(method, path)
        # Read to its end, as a server does: only then is a file that it sends closed.
        b"".join(answer) if answer.streaming else answer.content
        transaction.set_rollback(True)
    client.cookies = cookies
    return answer


def walk(world: World, role: str, methods: dict[str, str]) -> Iterator[Step]:
    """Ask every address with the world's own things in its places, by the method of its row.

    What is refused is held against the answer for what does not exist: they are the same bytes.
    """
    client = world.client(role)
    client.raise_request_exception = False
    # Most refusals are one page: it is asked for once, and again only where it differs.
    nowhere: set[tuple[int, str, bytes]] = set()
    for address in ALL:
        method, mine = methods.get(address.name, "GET"), address.known(world.mine)
        path = address.path(mine)
        answer = answered(client, method, path)
        letter = table.letter(answer)
        told = ""
        if mine and letter in "-xs" and table.same(answer, path) not in nowhere:
            missing = address.path({})
            refused = table.same(answered(client, method, missing), missing)
            nowhere.add(refused)
            told = "" if table.same(answer, path) == refused else path
        yield Step(address, method, letter, told)
