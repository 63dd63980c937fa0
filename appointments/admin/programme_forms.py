"""The forms of shifting a programme and of running late."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from appointments.admin.forms import WordsField
from appointments.programme import Shift
from appointments.services.running_late import MINUTES
from esachivalaya.common.clock import IST
from esachivalaya.common.formats import time_short
from esachivalaya.common.idempotency import KeyField
from esachivalaya.common.slots import Span
from officials.models import Post

LATER, EARLIER = "later", "earlier"
BY = [
    (15, _("15 minutes")),
    (30, _("30 minutes")),
    (45, _("45 minutes")),
    (60, _("1 hour")),
    (90, _("1½ hours")),
    (120, _("2 hours")),
    (150, _("2½ hours")),
    (180, _("3 hours")),
    (240, _("4 hours")),
    (300, _("5 hours")),
    (360, _("6 hours")),
    (420, _("7 hours")),
    (480, _("8 hours")),
]
LATE = {
    15: _("About 15 minutes"),
    30: _("About 30 minutes"),
    45: _("About 45 minutes"),
    60: _("About an hour"),
    90: _("About an hour and a half"),
    0: _("On time again"),
}


class TickedField(forms.MultipleChoiceField):
    """Ids that were ticked; which of them still mean something, the service says."""

    def valid_value(self, value: str) -> bool:
        return value.isascii() and value.isdecimal() and len(value) < 19


class ShiftForm(forms.Form):
    """From when on the meetings of one day move, by how much, and what is said about it."""

    key = KeyField()
    # Of the plan that the page showed; empty while none was.
    shown = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    since = forms.ChoiceField(
        label=_("From the meeting at"),
        help_text=_("This one and every later one of the day move."),
        error_messages={
            "required": _("Choose from when on."),
            "invalid_choice": _("Choose one of the times still to come."),
        },
    )
    direction = forms.ChoiceField(
        label=_("Move them"),
        choices=[(LATER, _("Later")), (EARLIER, _("Earlier"))],
        initial=LATER,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose later or earlier.")},
    )
    minutes = forms.TypedChoiceField(
        label=_("By"),
        coerce=int,
        initial=60,
        choices=BY,
        error_messages={"invalid_choice": _("Choose by how much.")},
    )
    words = WordsField(
        label=_("Words to those who are moved"),
        help_text=_("Each of them reads exactly these words."),
        error_messages={"required": _("Write a few words to the citizens.")},
    )
    cancelled = TickedField(
        required=False, widget=forms.CheckboxSelectMultiple, label=_("These cannot move")
    )
    cancel_words = WordsField(
        required=False,
        label=_("Words to those whose meeting is cancelled"),
        help_text=_("They come first when they ask again."),
    )

    def __init__(self, *args: Any, post: Post, day: date, times: list[Span], **kwargs: Any) -> None:
        """``times`` are the slots of the day still to come; nothing else can be shifted."""
        kwargs.setdefault("auto_id", "shift_%s")
        super().__init__(*args, **kwargs)
        self.post, self.day = post, day
        self.starts = {f"{slot.start.astimezone(IST):%H:%M}": slot.start for slot in times}
        since = self.fields["since"]
        assert isinstance(since, forms.ChoiceField)
        since.choices = [(value, time_short(start)) for value, start in self.starts.items()]

    def shift(self) -> Shift:
        """Return what was asked for, once the form is valid."""
        said = self.cleaned_data
        minutes = said["minutes"] if said["direction"] == LATER else -said["minutes"]
        return Shift(self.post, self.starts[said["since"]], minutes)


class LateForm(forms.Form):
    """By how much the office runs late."""

    key = KeyField()
    minutes = forms.TypedChoiceField(
        label=_("How late does the office run?"),
        coerce=int,
        widget=forms.RadioSelect,
        choices=[(minutes, LATE[minutes]) for minutes in MINUTES],
        error_messages={"required": _("Choose by how much the office runs late.")},
    )
