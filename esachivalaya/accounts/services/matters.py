"""What the people of a household have asked for, as the apps above tell it."""

from collections.abc import Iterable
from datetime import datetime

from esachivalaya.accounts.models import Citizen, Household
from esachivalaya.common import registry
from esachivalaya.common.registry import Matter


def of_person(person: Citizen) -> list[Matter]:
    """Return everything that ``person`` has asked for, under way or over."""
    return [matter for found in registry.matters(person.pk) for matter in found]


def subjects_of(people: Iterable[Citizen]) -> list[tuple[str, str]]:
    """Return what messages to ``people`` are about, as (kind, id)."""
    return [(matter.kind, matter.pk) for person in people for matter in of_person(person)]


def has_open(person: Citizen) -> bool:
    """Whether something that ``person`` asked for is still under way."""
    return any(matter.open for matter in of_person(person))


def active_since(people: Iterable[int], moment: datetime) -> set[int]:
    """Return who of ``people`` (ids) asked for something since ``moment``, or has it under way."""
    return set[int]().union(*registry.active_since(list(people), moment))


def reached_anew(people: Iterable[Citizen]) -> None:
    """Let the apps above end what was sent to the former number of ``people``."""
    for person in people:
        registry.reached_anew(person.pk)


def people_of(household: Household) -> list[Citizen]:
    """Return who is in ``household`` now."""
    return list(household.citizens.filter(left_at__isnull=True).order_by("pk"))
