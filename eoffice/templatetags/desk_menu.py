"""The menu of a desk: every page a desk has, and which of them a phone shows at once."""

from dataclasses import dataclass

from django import template
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from eoffice.permissions import Seat

register = template.Library()


@dataclass(frozen=True)
class _Page:
    """A page of the menu; ``parts`` are pages that one reaches from it alone."""

    name: str
    words: str | Promise
    often: bool = False
    parts: tuple[str, ...] = ()


# Five lines of links would be half of a phone's screen: what is done all day stands there, the
# rest is one touch away.
PAGES = (
    _Page("inbox", _("Inbox"), often=True),
    _Page("sent", _("Sent")),
    _Page("created", _("Created here")),
    _Page("new-receipt", _("Diarise"), often=True),
    _Page("new-file", _("New file"), parts=("old-file",)),
    _Page("questions", _("Questions"), parts=("question",)),
    _Page("dispatch", _("Dispatch"), parts=("certificate",)),
    _Page("search", _("Search"), often=True),
    _Page("desk-reports", _("Reports"), parts=("desk-report",)),
)
CHARGE_REPORT = _Page("charge-report", _("Charge report"), parts=("charge-report-one",))


@dataclass(frozen=True)
class Entry:
    """One line of the menu."""

    name: str
    words: str
    address: str
    often: bool
    current: bool


@dataclass(frozen=True)
class Menu:
    """The menu as one page shows it."""

    entries: list[Entry]

    @property
    def seldom(self) -> list[Entry]:
        """What a phone shows when it is asked for more."""
        return [entry for entry in self.entries if not entry.often]

    @property
    def current(self) -> str:
        """What the page is called that would be hidden on a phone while one is there."""
        return next((entry.words for entry in self.seldom if entry.current), "")


@register.simple_tag
def desk_menu(seat: Seat, here: str) -> Menu:
    """`{% desk_menu seat here as menu %}`: the menu, on the page whose name is ``here``."""
    pages = (*PAGES, CHARGE_REPORT) if seat.is_officer else PAGES
    desk, on = seat.desk.post.code, here.removeprefix("eoffice:")
    return Menu([_entry(page, desk, on) for page in pages])


def _entry(page: _Page, desk: str, here: str) -> Entry:
    return Entry(
        name=page.name,
        words=str(page.words),
        address=reverse(f"eoffice:{page.name}", args=[desk]),
        often=page.often,
        current=here == page.name or here in page.parts,
    )
