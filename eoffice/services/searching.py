"""Finding receipts and files: in Hindi and English, by number old or new, by who wrote.

Words are folded (NFC, joiners away, digits as 0 to 9) and kept beside each item as two
configurations of PostgreSQL's search; numbers are found by their key with trigrams, since they are
no words. Who may see what is part of the query. Source: domain rules of e-Office, "Search".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connection
from django.db.models import F, Q, QuerySet

from eoffice.models import Item
from eoffice.permissions import Seat, may_see, visible_at
from eoffice.services.numbers import key_of
from esachivalaya.common.clock import day_bounds
from esachivalaya.common.words import fold

# Rows of a page, as many as the lists of a desk have, and pages: who does not find it among the
# best two hundred is helped by another word, not by more rows.
SHOWN, PAGES = 50, 4
_WRITE = """
UPDATE eoffice_item
   SET search_words = %(words)s,
       search = to_tsvector('hindi', %(words)s) || to_tsvector('simple', %(words)s)
 WHERE id = %(item)s
"""


def write_words(item: Item, words: Sequence[str]) -> None:
    """Keep what ``item`` is found by: its subject, description, correspondents, letter numbers."""
    told = fold(" ".join(word for word in words if word))[:8000]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, {"words": told, "item": item.pk})


def search(
    seat: Seat, text: str, narrow: Mapping[str, Any] | None = None, *, page: int = 1
) -> QuerySet[Item]:
    """Return what the person in ``seat`` may see and ``text`` finds, best first: one page of it.

    All words must be there; a number is found by any part of it from three characters on.
    ``narrow``: kind, priority (at least), classification, the first and the last day on
    which it was made. One row more than a page has says that there is a next one.
    """
    words, key = fold(text), key_of(text)
    if not words:
        return Item.objects.none()
    # The list of who may see a paper stands beside the words, in one index: so those that have the
    # words and are one's own are fetched, and not all that have them.
    own = Q(seen_by__overlap=[seat.desk.pk, -seat.desk.section_id])
    wanted = Q(search=_all_of(words)) & own
    if len(key) >= 3 and any(sign.isdigit() for sign in key):
        wanted |= Q(number_key__contains=key) & own
    ranked: Any = SearchRank(F("search"), _all_of(words))
    order, first = ("-rank", "-pk"), (page - 1) * SHOWN
    found = Item.objects.filter(wanted, may_see(seat), _narrowed(narrow or {}))
    best = found.annotate(rank=ranked).order_by(*order)[first : first + SHOWN + 1]
    # The access rows say who may see it: they are asked for this page, as is what a caller joins,
    # and not for everything that was found.
    rows = visible_at(seat).filter(pk__in=best.values("pk"))
    return rows.defer("search", "search_words", "seen_by").annotate(rank=ranked).order_by(*order)


def _narrowed(wanted: Mapping[str, Any]) -> Q:
    narrowed = Q()
    for name, lookup in (("kind", "exact"), ("priority", "gte"), ("classification", "exact")):
        if wanted.get(name):
            narrowed &= Q(**{f"{name}__{lookup}": wanted[name]})
    if wanted.get("first"):
        narrowed &= Q(made_at__gte=day_bounds(wanted["first"])[0])
    if wanted.get("last"):
        narrowed &= Q(made_at__lt=day_bounds(wanted["last"])[1])
    return narrowed


def _all_of(words: str) -> SearchQuery:
    """Return the query that both configurations answer: a stem in one, the word itself in other."""
    hindi = SearchQuery(words, config="hindi", search_type="websearch")
    simple = SearchQuery(words, config="simple", search_type="websearch")
    return hindi | simple
