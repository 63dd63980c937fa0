"""A store for papers that more than one node reads, and a portal that keeps its own there."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests import object_stores
from tests.appointments.conftest import asked, cast
from tests.backups.conftest import empty_place, lived_in
from tests.object_stores import Store

__all__ = ["asked", "cast", "empty_place", "lived_in"]


@dataclass(frozen=True)
class OfThePortal:
    """The part of the store that this test's portal keeps its papers in."""

    store: Store
    prefix: str

    def names(self) -> list[str]:
        """What stands there."""
        return [key.removeprefix(f"{self.prefix}/") for key in self.store.keys(self.prefix)]


@pytest.fixture(scope="session")
def store() -> Iterator[Store]:
    with object_stores.running() as found:
        yield found


@pytest.fixture
def in_store(store: Store, settings: Any) -> OfThePortal:
    """The portal keeps papers and seals in the store, under a prefix of this test alone."""
    prefix = secrets.token_hex(6)
    settings.STORAGES = {**settings.STORAGES, **store.storages(prefix)}
    return OfThePortal(store, prefix)
