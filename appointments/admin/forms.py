"""The forms of an office's answers. They check shape and wording; the services check the rules."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from appointments.diary import parse_slot
from appointments.models import Request
from esachivalaya.common import typed
from esachivalaya.common.formats import chosen_language
from esachivalaya.common.idempotency import KeyField
from esachivalaya.common.slots import Span
from officials.models import Department, Post


class AnswerForm(forms.Form):
    """What every answer carries: its key, and the version of the request that was shown."""

    key = KeyField()
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, row: Request, **kwargs: Any) -> None:
        """``row`` is the request as it is now; its version is what the page shows."""
        kwargs["initial"] = {"version": row.version, **kwargs.get("initial", {})}
        kwargs.setdefault("auto_id", "answer_%s")
        super().__init__(*args, **kwargs)
        self.row = row
        self.prepare()

    def prepare(self) -> None:
        """Fill in what depends on the request; most forms have nothing of that kind."""


class WordsField(typed.WordsField):
    """Words that the citizen reads."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 4}))
        kwargs.setdefault("max_length", 1000)
        kwargs.setdefault("min_length", 10)
        super().__init__(**kwargs)


class PostField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A choice of a post that can be met, grouped by department; a script adds a search box."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.Select(attrs={"data-search-options": ""})
        super().__init__(queryset=Post.objects.none(), widget=widget, **kwargs)

    def offer(self, posts: QuerySet[Post]) -> None:
        """Offer these posts, under the names of their departments."""
        title, name = f"title_{chosen_language()}", f"name_{chosen_language()}"
        self.queryset = posts
        groups: dict[str, list[tuple[Any, str]]] = {}
        departments = dict(Department.objects.values_list("pk", name))
        for pk, department, words in posts.values_list("pk", "department_id", title):
            groups.setdefault(str(departments[department]), []).append((pk, str(words)))
        empty = ("", str(_("Choose an office")) if self.required else str(_("No other office")))
        self.choices = [empty, *sorted(groups.items())]


class ConfirmForm(AnswerForm):
    """Confirm at the time that was asked for."""


class AnotherTimeForm(AnswerForm):
    """One of the free times, as the page showed it."""

    slot = forms.CharField(
        max_length=64, error_messages={"required": _("Choose one of the free times.")}
    )

    def clean_slot(self) -> Span:
        span = parse_slot(str(self.cleaned_data["slot"]))
        if span is None:
            raise forms.ValidationError(_("Choose one of the free times."))
        return span


class DeclineForm(AnswerForm):
    """A reason from the list, words that the citizen reads, and where to go instead."""

    reason = forms.ChoiceField(
        label=_("Reason"),
        widget=forms.RadioSelect,
        choices=Request.DeclineReason.choices,
        error_messages={"required": _("Choose the reason.")},
    )
    words = WordsField(
        label=_("Words to the citizen"),
        help_text=_("The citizen reads exactly these words. Say what they can do now."),
        error_messages={"required": _("Write a few words to the citizen.")},
    )
    go_to = PostField(
        label=_("Where to go instead"),
        required=False,
        error_messages={"invalid_choice": _("Choose an office from the list.")},
    )

    def prepare(self) -> None:
        field = self.fields["go_to"]
        if isinstance(field, PostField):
            field.offer(Post.objects.visible_to(None).exclude(pk=self.row.post_id))


class HandOverForm(AnswerForm):
    """Another post that is the right one; the clock runs on."""

    to = PostField(
        label=_("Hand to"),
        error_messages={
            "required": _("Choose the office that is to answer."),
            "invalid_choice": _("Choose an office from the list."),
        },
    )
    words = WordsField(
        label=_("Words to the other office and the citizen"),
        help_text=_("Why the other office is the right one."),
        error_messages={"required": _("Write why the other office is the right one.")},
    )

    def prepare(self) -> None:
        field = self.fields["to"]
        if isinstance(field, PostField):
            field.offer(Post.objects.visible_to(None).exclude(pk=self.row.post_id))


class CancelForm(AnswerForm):
    """Cancel a confirmed meeting, with words that the citizen reads."""

    words = WordsField(
        label=_("Words to the citizen"),
        help_text=_("Why the meeting cannot be held, and what the citizen can do now."),
        error_messages={"required": _("Write a few words to the citizen.")},
    )
