"""The choice of the promise board: which month, which offices. All in the address."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from appointments.board import Board, Line
from appointments.board.figures import month_after, month_of
from esachivalaya.common.clock import day_of
from esachivalaya.common.formats import month_long
from esachivalaya.common.templatetags.portal import bilingual
from esachivalaya.common.words import tidy
from officials.models import Post

MONTH = re.compile(r"(20\d\d|21\d\d)-(0[1-9]|1[0-2])", re.ASCII)


def month_from(text: str) -> date | None:
    """Return the month written as 2026-10, or None for anything else."""
    match = MONTH.fullmatch(text)
    return date(int(match[1]), int(match[2]), 1) if match else None


def month_words(month: date) -> str:
    """Return the month as it is written in the active language."""
    return month_long(month)


class PromiseForm(forms.Form):
    """The filters of the board; what does not fit counts as not given.

    The choices are those that the board knows: asking for them costs no query.
    """

    month = forms.ChoiceField(label=_("Month"), required=False)
    level = forms.ChoiceField(label=_("Level"), required=False)
    district = forms.ChoiceField(label=_("District"), required=False)
    q = forms.CharField(label=_("Office"), required=False, max_length=80)

    def __init__(self, *args: Any, board: Board, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        every = ("", _("All"))
        levels = {line.post.level for line in board.lines}
        districts = {
            (line.post.district.code, bilingual(line.post.district, "name"))
            for line in board.lines
            if line.post.district is not None
        }
        fields["month"].choices = [("", _("This month")), *_earlier_months(board)]
        fields["level"].choices = [every, *(one for one in Post.Level.choices if one[0] in levels)]
        fields["district"].choices = [every, *sorted(districts, key=lambda one: one[1])]

    def clean_q(self) -> str:
        return tidy(self.cleaned_data["q"])

    @property
    def asked(self) -> bool:
        """Whether offices were chosen, and not only a month."""
        return any(self.cleaned_data.get(name) for name in ("level", "district", "q"))

    def chosen(self, lines: Iterable[Line]) -> list[Line]:
        """Return the lines of the offices that were chosen."""
        level, district, words = (
            self.cleaned_data.get(name, "") for name in ("level", "district", "q")
        )
        return [
            line
            for line in lines
            if (not level or line.post.level == level)
            and (not district or (line.post.district and line.post.district.code == district))
            and _named(line.post, words)
        ]


def _named(post: Post, words: str) -> bool:
    names = " ".join((post.code, post.title_en, post.title_hi, post.short_en, post.short_hi))
    return all(word in names.casefold() for word in words.casefold().split())


def _earlier_months(board: Board) -> list[tuple[str, str]]:
    month = month_of(day_of(board.as_of))
    found = []
    while month > board.first_month:
        month = month_after(month, -1)
        found.append((f"{month:%Y-%m}", month_words(month)))
    return found
