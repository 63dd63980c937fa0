"""Finding posts and services by any of their names, in Hindi or English, as people spell them.

``search_words`` holds the names by their sound (common/phonetics.py), written as
``| dk revari | upayukt revari | # revenyu ...``: each name between bars, and behind the ``#`` the
department and the district. So a name, the start of a name and a whole word are all plain LIKE
questions, which the trigram index answers; a word that is only nearly right is found by its
trigrams (``strict_word_similarity``).
"""

import csv
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from django.db.models import Case, F, IntegerField, Model, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable

from esachivalaya.common.phonetics import sounds, without_dots
from officials.models import Department, District, Post, Service
from officials.querysets import PostQuerySet, ServiceQuerySet

Rows = TypeVar("Rows", bound="QuerySet[Model]")

SYNONYMS = Path(__file__).parent / "data" / "search_synonyms.csv"
LONGEST_TEXT = 80
MOST_WORDS = 6
# Words that people add and that find nothing; left out unless nothing else was typed.
_FILLERS = frozenset(
    word
    for filler in (
        "of the to in for and at office haryana state sir sahab sahib ji shri smt ka ke ki ko se "
        "me mein evam aur district zila jila karyalay karyalaya office का के की को से में एवं और "
        "जिला कार्यालय श्री साहब जी हरियाणा"
    ).split()
    for word in sounds(filler)
)
# What people say of any service, beside its name.
_FILLERS_OF_SERVICES = frozenset(
    word
    for filler in (
        "apply application form how get make my service scheme banwana banana chahiye lagwana lena "
        "liye avedan aavedan mera meri yojana seva आवेदन चाहिए बनवाना बनाना लगवाना लेना लिए मेरा मेरी "
        "योजना सेवा"
    ).split()
    for word in sounds(filler)
)
_EXACT, _START, _WORD, _WORD_START, _ELSEWHERE = 100, 60, 10, 5, 2
# Shorter words have too few trigrams to be nearly right.
_LONG_ENOUGH_FOR_TYPOS = 4


def search(posts: PostQuerySet, text: str) -> PostQuerySet:
    """Return those of ``posts`` that ``text`` may mean, the likeliest first.

    Every word of ``text`` must be found in a post's words; only the first six count. ``posts`` is
    what the asker may see (``Post.objects.visible_to``): nothing is added to it. Blank text gives
    ``posts`` as they are, text without any letter gives nothing.
    """
    if not text.strip():
        return posts
    words = _typed(text)
    if not words:
        return posts.none()
    return _found(posts, words).order_by(F("search_rank").desc(), _by_level(), "title_en", "pk")


def search_services(services: ServiceQuerySet, text: str) -> ServiceQuerySet:
    """Return those of ``services`` that ``text`` may mean, the likeliest first; as ``search``."""
    if not text.strip():
        return services
    words = _typed(text)
    words = [word for word in words if word not in _FILLERS_OF_SERVICES] or words
    if not words:
        return services.none()
    return _found(services, words).order_by(F("search_rank").desc(), "code")


def services_found(text: str, limit: int = 8) -> list[Service]:
    """Return at most ``limit`` services or schemes that are offered and that ``text`` may mean.

    The likeliest stands first; in Hindi or English, as it sounds, with a mistake in a word. Blank
    text finds nothing. Two queries by the trigram index, each with its department.
    """
    if not text.strip():
        return []
    offered = Service.objects.visible_to(None).select_related("department")
    return list(search_services(offered, text)[:limit])


def _typed(text: str) -> list[str]:
    """Return the words by which ``text`` is looked for."""
    return _telling(sounds(text[:LONGEST_TEXT]))[:MOST_WORDS]


def _found(rows: Rows, words: list[str]) -> Rows:
    """Return the ``rows`` in which every word is found, with their ``search_rank``.

    Words that are only nearly right count where nothing has them all as they are typed: comparing
    trigrams with every row takes twenty times as long.
    """
    found = rows.filter(*(Q(search_words__contains=_begun(word)) for word in words))
    if not found.exists():
        found = rows.filter(*(_nearly(word) for word in words))
    return found.annotate(search_rank=_rank(words))


def words_of(post: Post) -> str:
    """Return what ``post`` is found by; its department and district are read."""
    district = post.district
    places = (
        []
        if district is None
        else [*_both_names(district), *_synonyms()["district", district.code]]
    )
    titles = [post.title_en, post.title_hi, post.short_en, post.short_hi, post.code]
    others = _other_names(post)
    combined = [f"{name} {place}" for name in others for place in places]
    return _written([*titles, *others, *combined], [*_both_names(post.department), *places])


def words_of_service(service: Service) -> str:
    """Return what ``service`` is found by; its department is read."""
    department = service.department
    names = [service.name_en, service.name_hi, service.code]
    return _written([*names, *_synonyms()["service", service.code]], _both_names(department))


def _written(names: Iterable[str], around: Iterable[str]) -> str:
    titles = "".join(f"| {name} " for name in _phrases(names))
    return f"{titles}| # {' '.join(_phrases(around))} "


def _both_names(row: Department | District) -> list[str]:
    return [row.name_en, row.name_hi]


def _phrases(names: Iterable[str]) -> list[str]:
    """Return each name by its sound, as typed and without dots below letters, each once."""
    spelled = (spelling for name in names for spelling in (name, without_dots(name)))
    return list(dict.fromkeys(" ".join(_telling(sounds(name))) for name in spelled))


def _telling(words: list[str]) -> list[str]:
    return [word for word in words if word not in _FILLERS] or words


def _other_names(post: Post) -> list[str]:
    prefix = post.code.split("-")[0] + "-"
    keys = (("post", post.code), ("prefix", prefix), ("level", post.level))
    return [name for key in keys for name in _synonyms()[key]]


@lru_cache(maxsize=1)
def _synonyms() -> defaultdict[tuple[str, str], list[str]]:
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    with SYNONYMS.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            found[row["kind"], row["key"]] += row["words"].split("|")
    return found


def _begun(word: str) -> str:
    """Return how a row has ``word``: as one of its words, or the start of one."""
    return f" {word} " if len(word) < _LONG_ENOUGH_FOR_TYPOS - 1 else f" {word}"


def _nearly(word: str) -> Q:
    """Return the condition that a row has ``word``, or one that is nearly it."""
    found = Q(search_words__contains=_begun(word))
    if len(word) >= _LONG_ENOUGH_FOR_TYPOS:
        found |= Q(search_words__trigram_strict_word_similar=word)
    return found


def _rank(words: list[str]) -> Combinable:
    """How well the names fit: a whole name, the start of one, then its words one by one."""
    phrase = " ".join(words)
    rank: Combinable = Case(
        When(search_words__contains=f"| {phrase} |", then=Value(_EXACT)),
        When(search_words__contains=f"| {phrase}", then=Value(_START)),
        default=Value(0),
        output_field=IntegerField(),
    )
    for word in words:
        rank = rank + Case(
            When(search_words__regex=rf"^[^#]* {word} ", then=Value(_WORD)),
            When(search_words__regex=rf"^[^#]* {word}", then=Value(_WORD_START)),
            When(search_words__contains=f" {word}", then=Value(_ELSEWHERE)),
            default=Value(0),
            output_field=IntegerField(),
        )
    return rank


def _by_level() -> Case:
    return Case(
        *(When(level=level, then=Value(place)) for place, level in enumerate(Post.Level.values)),
        output_field=IntegerField(),
    )
