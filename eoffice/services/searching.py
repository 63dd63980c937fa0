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
from esachivalaya.common.kept import Kept
from esachivalaya.common.words import fold

# Rows of a page, as many as the lists of a desk have, and pages: who does not find it among the
# best two hundred is helped by another word, not by more rows.
SHOWN, PAGES = 50, 4
# What ANALYZE found last; it serves the order of questions alone and no answer.
_COMMON = """
SELECT word, share
  FROM pg_stats,
       unnest(most_common_elems::text::text[], most_common_elem_freqs) AS common (word, share)
 WHERE schemaname = current_schema AND tablename = 'eoffice_item' AND attname = 'search'
   AND word IS NOT NULL
"""
_SHARES: Kept[dict[str, float]] = Kept(seconds=600, most=4)
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
    # The list of who may see a paper stands before the words, in one index: so those that have the
    # words and are one's own are fetched, and not all that have them.
    own = Q(seen_by__overlap=[seat.desk.pk, -seat.desk.section_id])
    wanted = own
    for part in _rarest_first(words):
        wanted &= Q(search=_all_of(part))
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


def _rarest_first(words: str) -> list[str]:
    """Return the words as conditions of their own, in the order in which the index asks them.

    Asked one after the other, a word that is on most papers is looked up for those alone that have
    the rarer ones; asked as one condition, its whole list is read. What is written with the signs
    of a search (a phrase, a word that must not be there, one or the other) stays as it is.
    """
    each = words.split()
    if '"' in words or any(one == "or" or (one[0] == "-" and one != "-") for one in each):
        return [words]
    each = [one for one in each if any(sign.isalpha() or sign.isdecimal() for sign in one)]
    if len(each) < 2:
        return each or [words]
    shares = _SHARES.get(connection.settings_dict["NAME"], _read_shares)
    return sorted(each, key=lambda one: shares.get(one, 0.0))


def _read_shares() -> dict[str, float]:
    """Return on which part of all papers a word is, of those that are on very many."""
    with connection.cursor() as cursor:
        cursor.execute(_COMMON)
        return dict(cursor.fetchall())


def _all_of(words: str) -> SearchQuery:
    """Return the query that both configurations answer: a stem in one, the word itself in other."""
    hindi = SearchQuery(words, config="hindi", search_type="websearch")
    simple = SearchQuery(words, config="simple", search_type="websearch")
    return hindi | simple
