"""What the CSV files of districts, departments, posts and services hold.

Loaded by common/csv_import.py.
"""

import csv
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from esachivalaya.audit.services import Act, record_all, subject_of
from esachivalaya.common import clock
from esachivalaya.common.csv_import import Layout, Stored
from officials.chains import circles
from officials.models import Department, District, Post, Service
from officials.search import words_of, words_of_service
from officials.services.setting_up import refresh_words

DATA = Path(__file__).parent / "data"
_LONGEST_SHORT_TITLE = 24


def _record(stored: Sequence[Stored[Any]], by: models.Model | None) -> None:
    """Write an audit row for each new and changed row, and renew what is found by its name."""
    acts = []
    actor_id = by.pk if by else None
    for one in stored:
        kind, subject_id = subject_of(one.row)
        changes = {
            name: {"before": one.before.get(name), "after": value}
            for name, value in one.after.items()
            if name != "search_words"
        }
        post_code = one.row.code if isinstance(one.row, Post) else ""
        act = "imported" if one.new else "changed_by_import"
        acts.append(
            Act(kind, subject_id, act, actor_id, post_code, {"changes": changes}, new=one.new)
        )
    record_all(acts, at=clock.now())
    for one in stored:
        if isinstance(one.row, District | Department) and not one.new:
            refresh_words(one.row)


@lru_cache(maxsize=1)
def _short_titles() -> dict[str, tuple[str, str]]:
    with (DATA / "short_titles.csv").open(encoding="utf-8", newline="") as lines:
        return {row["code"]: (row["short_en"], row["short_hi"]) for row in csv.DictReader(lines)}


def _complete_post(post: Post, stored: Post | None) -> None:
    """Fill in the short titles (kept where they are set already) and the words for the search."""
    if stored is not None:
        post.short_en, post.short_hi = stored.short_en, stored.short_hi
    else:
        cut = (post.title_en[:_LONGEST_SHORT_TITLE], post.title_hi[:_LONGEST_SHORT_TITLE])
        post.short_en, post.short_hi = _short_titles().get(post.code, cut)
    post.search_words = words_of(post)


def _complete_service(service: Service, _stored: Service | None) -> None:
    service.search_words = words_of_service(service)


def _check_posts() -> list[str]:
    return [
        words % {"circle": " → ".join(circle)}
        for field, words in (
            ("reports_to", _("In a circle, each reports to the next: %(circle)s.")),
            ("hand_down_to", _("In a circle, each hands down to the next: %(circle)s.")),
        )
        for circle in circles(field)
    ]


DISTRICTS = Layout(
    model=District,
    columns=("code", "name_en", "name_hi", "division", "since"),
    record=_record,
)
DEPARTMENTS = Layout(
    model=Department,
    columns=("code", "name_en", "name_hi", "kind", "eoffice_wave"),
    record=_record,
)
POSTS = Layout(
    model=Post,
    columns=(
        "code",
        "title_en",
        "title_hi",
        "department",
        "district",
        "reports_to",
        "level",
        "at_due_time",
        "hand_down_to",
    ),
    also=("short_en", "short_hi", "search_words"),
    complete=_complete_post,
    check=_check_posts,
    record=_record,
)
# An empty time limit, fee or officer stays empty: not notified here, never zero.
SERVICES = Layout(
    model=Service,
    columns=(
        "code",
        "department",
        "kind",
        "name_en",
        "name_hi",
        "days",
        "day_kind",
        "designated_officer",
        "designated_officer_hi",
        "first_authority",
        "first_authority_hi",
        "second_authority",
        "second_authority_hi",
        "kendra_fee_rs",
        "atal_seva_fee_rs",
        "source",
    ),
    optional=("eligibility_en", "eligibility_hi", "documents_en", "documents_hi"),
    also=("search_words",),
    complete=_complete_service,
    record=_record,
)
