"""Every form of the portal, found by walking its addresses, with what nobody types: never a 5xx.

``BAD_INPUT_EXAMPLES`` sets how many times each form is sent (a longer search: 200);
``BAD_INPUT_SEED`` sets where the search begins; ``BAD_INPUT_ONLY`` names the addresses to look at
(`kendras:,admin:plasma_`: those whose names begin so).
"""

import logging
import os
from collections.abc import Iterator

import pytest

from tests.bad_input.search import Search
from tests.bad_input.walking import named, pages, places_to_post, seen
from tests.bad_input.world import make_world

pytestmark = pytest.mark.django_db
ONLY = tuple(os.environ.get("BAD_INPUT_ONLY", "").split(","))
# The addresses in parts, so that two cores have something to do each.
PARTS = 2
# What was found in each part: should it shrink, pages have gone out of the world's reach.
FOUND = 120


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("part", range(PARTS))
def test_no_form_falls(part: int) -> None:
    world, search = make_world(), Search()
    found = named(ONLY)[part::PARTS]
    for page in pages(world, found):
        search.look(page)
    for path in world.links_sent()[part::PARTS]:
        search.look(seen("", world.client("anonymous"), path))
    for name, client, path in places_to_post(world, found):
        search.bare(name, client, path)
    assert not search.fallen, "\n".join(search.fallen)
    assert len(search.forms) >= FOUND or ONLY != ("",)
