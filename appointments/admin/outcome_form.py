"""The form in which an office records what became of a meeting."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from appointments.admin.forms import AnswerForm, PostField, WordsField
from appointments.models import Request
from appointments.services.after_meeting import LONGEST, MOST_ACTIONS, SHORTEST, ToDo
from appointments.services.presence import likely_outcome
from esachivalaya.common.words import tidy
from officials.models import Post


class OutcomeForm(AnswerForm):
    """Held, with what was decided and who acts by when; or missed, by whom."""

    OUTCOMES = (
        (Request.Status.MET.value, _("The meeting was held")),
        (Request.Status.MISSED_BY_CITIZEN.value, _("The citizen did not come")),
        (Request.Status.MISSED_BY_OFFICE.value, _("The office could not come")),
    )
    outcome = forms.ChoiceField(
        label=_("What became of the meeting?"),
        widget=forms.RadioSelect,
        choices=OUTCOMES,
        error_messages={"required": _("Choose what became of the meeting.")},
    )
    decision = WordsField(
        label=_("What was decided"),
        required=False,
        min_length=None,
        max_length=LONGEST,
        help_text=_("If the meeting was held. The citizen reads exactly these words."),
    )

    def prepare(self) -> None:
        """Add the rows of what is to be done, and choose the outcome that presence speaks for."""
        self.initial.setdefault("outcome", likely_outcome(self.row))
        first: PostField | None = None
        for place in range(1, MOST_ACTIONS + 1):
            self.fields[f"what_{place}"] = forms.CharField(
                label=_("What is to be done"), required=False, max_length=300
            )
            post = self.fields[f"post_{place}"] = PostField(
                label=_("Who acts"),
                required=False,
                error_messages={"invalid_choice": _("Choose an office from the list.")},
            )
            if first is None:
                post.offer(Post.objects.visible_to(None))
                first = post
            else:
                # The same offices: read once.
                post.queryset, post.choices = first.queryset, first.choices
            self.fields[f"by_day_{place}"] = forms.DateField(
                label=_("By when"),
                required=False,
                input_formats=["%Y-%m-%d"],
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
                error_messages={"invalid": _("Enter a day.")},
            )
        self.initial.setdefault("post_1", self.row.post_id)

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows of what is to be done, for the page."""
        found = []
        for place in range(1, MOST_ACTIONS + 1):
            fields = [self[f"{name}_{place}"] for name in ("what", "post", "by_day")]
            typed = any(field.errors for field in fields) or bool(fields[0].value())
            found.append({"place": place, "fields": fields, "open": place == 1 or typed})
        return found

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("outcome") != Request.Status.MET:
            return {**said, "decision": "", "actions": []}
        if len(said.get("decision", "")) < SHORTEST and "decision" not in self.errors:
            self.add_error(
                "decision",
                _("Write what was decided, in 10 to 2,000 characters. The citizen reads it."),
            )
        said["actions"] = [
            one for place in range(1, MOST_ACTIONS + 1) if (one := self._to_do(place, said))
        ]
        return said

    def _to_do(self, place: int, said: dict[str, Any]) -> ToDo | None:
        """Return one row, or None where nothing was written as what is to be done."""
        what = tidy(str(said.get(f"what_{place}") or ""))
        post, day = said.get(f"post_{place}"), said.get(f"by_day_{place}")
        if not what:
            if day is not None:
                self.add_error(f"what_{place}", _("Write what is to be done."))
            return None
        if post is None and f"post_{place}" not in self.errors:
            self.add_error(f"post_{place}", _("Choose who acts."))
        if day is None and f"by_day_{place}" not in self.errors:
            self.add_error(f"by_day_{place}", _("Choose by when it is to be done."))
        return ToDo(what, post, day, place) if post is not None and day is not None else None
