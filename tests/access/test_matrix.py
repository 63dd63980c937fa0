"""Every address against every kind of person, as the table says; and nothing told of another's."""

import logging
from collections.abc import Iterator

import pytest

from tests.access import table
from tests.access.walking import ALL, Step, answered, walk
from tests.access.world import World

ROWS = table.rows()
METHODS = {name: method for name, (method, _letters) in ROWS.items()}


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Thousands of refusals are not worth a line each."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


# Marked although it asks the database nothing: otherwise no test database would be made for the
# world, whose tests do not take it themselves. They write into the world's one transaction.
@pytest.mark.django_db
def test_the_table_names_every_address_and_no_other() -> None:
    assert {address.name for address in ALL} == set(ROWS)


@pytest.mark.parametrize("role", table.ROLES)
def test_a_role_reaches_what_the_table_says(
    world: World, role: str, request: pytest.FixtureRequest
) -> None:
    """All deviations in one message; --write-access-matrix writes them, to be read in the diff."""
    column, found = table.ROLES.index(role), []
    steps = list(walk(world, role, METHODS))
    if request.config.getoption("--write-access-matrix", default=False):
        table.write(learnt(steps, column))
    rows = table.rows()
    for step in steps:
        name = step.address.name
        expected = rows.get(name, ("", "?" * len(table.ROLES)))[1][column]
        if step.letter != expected:
            found.append(f"{name}: {step.method} is {step.letter}, not {expected}")
        if step.told:
            found.append(f"{name}: {step.told} is told from what does not exist")
    assert not found, "\n".join(found)


def learnt(steps: list[Step], column: int) -> dict[str, tuple[str, str]]:
    """The table with one role's column as it was found; what only takes POST is asked by POST."""
    before, after = table.rows(), {}
    for step in steps:
        method, letters = before.get(step.address.name, ("GET", "?" * len(table.ROLES)))
        if step.letter == "m" and method == "GET":
            method, letters = "POST", "?" * len(table.ROLES)
            METHODS[step.address.name] = method
        elif step.method == method:
            letters = letters[:column] + step.letter + letters[column + 1 :]
        after[step.address.name] = method, letters
    return after


@pytest.mark.parametrize(
    "role", ["operator", "holder", "clerk", "section_officer", "bank_desk", "hospital"]
)
def test_anothers_thing_at_ones_own_place_is_not_there(world: World, role: str) -> None:
    """One's own Kendra, desk or bank in the address, and in it what belongs to another one."""
    client, found = world.client(role), []
    client.raise_request_exception = False
    for address in ALL:
        mine, others = address.known(world.mine), address.known(world.others)
        method = METHODS.get(address.name, "GET")
        for place in [place for place in list(mine)[1:] if others.get(place) != mine[place]]:
            path = address.path({**mine, place: others.get(place, "unknown")})
            nowhere = address.path({key: mine[key] for key in mine if key != place})
            there = table.same(answered(client, method, path), path)
            if there != table.same(answered(client, method, nowhere), nowhere):
                found.append(f"{address.name}: {method} {path} is told from {nowhere}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("role", ["anonymous", "citizen", "other_citizen", "operator", "clerk"])
def test_a_private_request_is_there_for_nobody_without_its_pin(world: World, role: str) -> None:
    """Not for the household of who sent it either: somebody else there holds the same phone."""
    client, found = world.client(role), []
    client.raise_request_exception = False
    for address in ALL:
        mine = address.known(world.mine)
        if mine.get("reference") != world.mine["request"]:
            continue
        path = address.path({**mine, "reference": world.others["private"]})
        nowhere = address.path({key: mine[key] for key in mine if key != "reference"})
        method = METHODS.get(address.name, "GET")
        there = table.same(answered(client, method, path), path)
        if there != table.same(answered(client, method, nowhere), nowhere):
            found.append(f"{address.name}: {method} {path} is told from {nowhere}")
    assert not found, "\n".join(found)
