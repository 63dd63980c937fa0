"""Which thing of the world stands in which place of an address."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import get_converters

from esachivalaya.common.references import new_reference
from tests.access.world import World

UNKNOWN: dict[str, Any] = {
    "int": 999_999,
    "str": "unknown",
    "slug": "unknown",
    "path": "unknown",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
# Where only what is well formed is looked for at all: a reference that was never given out.
UNKNOWN_AT = {"reference": new_reference()}
# By the beginning of the address' name, then by the place in it: the world's word for it.
# The first that fits counts. A place that no line names holds what does not exist.
PLACES: tuple[tuple[str, dict[str, str]], ...] = (
    ("accounts:", {"pk": "citizen"}),
    ("appointments:draw-wish", {"code": "wish"}),
    ("appointments:draw-take-back", {"code": "wish"}),
    ("appointments:", {"code": "post", "pk": "draw", "reference": "request", "position": "paper"}),
    ("officials:post", {"code": "post"}),
    ("meetings:", {"reference": "request"}),
    ("kendras:district", {"code": "district"}),
    ("kendras:anomal", {"code": "district"}),
    ("kendras:", {"code": "kendra", "reference": "booking", "number": "token", "pk": "notice"}),
    ("plasma:hospital", {"code": "hospital", "reference": "need"}),
    ("plasma:reopen", {"code": "bank", "pk": "closing"}),
    ("plasma:", {"code": "bank", "pk": "visit", "token": "link"}),
    ("eoffice:draft", {"desk": "desk", "pk": "drafted", "number": "draft"}),
    ("eoffice:dispatch", {"desk": "desk", "pk": "dispatch"}),
    ("eoffice:receipt", {"desk": "desk", "pk": "receipt"}),
    ("eoffice:question-withdraw", {"desk": "desk", "pk": "file", "number": "question"}),
    ("eoffice:question", {"desk": "desk", "pk": "question"}),
    ("eoffice:charge-report-one", {"desk": "desk", "pk": "report"}),
    ("eoffice:forget-view", {"desk": "desk", "pk": "view"}),
    ("eoffice:from-meeting", {"desk": "desk", "reference": "request"}),
    ("eoffice:", {"desk": "desk", "pk": "file"}),
    ("admin:appointments_action", {"pk": "action"}),
    ("admin:appointments_draw_announce", {"code": "post"}),
    ("admin:appointments_shift", {"code": "post"}),
    ("admin:appointments_late", {"code": "post"}),
    ("admin:appointments_", {"reference": "request", "position": "paper"}),
    ("admin:plasma_campaign", {"pk": "campaign"}),
)


class Address(NamedTuple):
    """One address: its name (its text where it has none), its text with places, their kinds."""

    name: str
    text: str
    places: tuple[tuple[str, str], ...]
    model: Any

    def path(self, given: dict[str, Any]) -> str:
        """The address with ``given`` in its places, and nothing known in the others."""
        text = self.text
        for place, kind in self.places:
            nothing = UNKNOWN_AT.get(place, UNKNOWN.get(kind, "unknown"))
            value = str(given.get(place, nothing))
            text = text.replace(f"<{kind}:{place}>", value).replace(f"<{place}>", value)
        return text

    def known(self, things: dict[str, Any]) -> dict[str, Any]:
        """What ``things`` has for the places of this address."""
        if self.model is not None and self.places:
            row = things.get(self.model)
            return {} if row is None else {self.places[0][0]: row}
        words: dict[str, str] = next(
            (words for name, words in PLACES if self.name.startswith(name)), {}
        )
        places = [place for place, _kind in self.places if place in words]
        return {place: things[words[place]] for place in places if words[place] in things}


def addresses(
    resolver: URLResolver | None = None,
    before: str = "/",
    space: str = "",
    places: tuple[tuple[str, str], ...] = (),
) -> Iterator[Address]:
    """Every address that the portal answers to."""
    kinds = {type(converter): name for name, converter in get_converters().items()}
    for entry in (resolver or get_resolver()).url_patterns:
        own = {
            place: kinds.get(type(converter), "str")
            for place, converter in getattr(entry.pattern, "converters", {}).items()
        }
        text = str(entry.pattern).lstrip("^").rstrip("$").replace("\\Z", "").replace("\\", "")
        here, held = before + text, places + tuple(own.items())
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from addresses(entry, here, inner, held)
        elif isinstance(entry, URLPattern):
            name = f"{space}{entry.name}" if entry.name else here
            admin = getattr(entry.callback, "model_admin", None)
            yield Address(name, here, held, admin.model._meta.label_lower if admin else None)


def own_rows(world: World, found: list[Address]) -> None:
    """Put the first row of every model of the admin among what is there."""
    from django.apps import apps

    for label in {address.model for address in found if address.model}:
        row = apps.get_model(label)._base_manager.order_by("pk").first()
        if row is not None:
            world.mine[label] = getattr(row, "reference", None) or row.pk
