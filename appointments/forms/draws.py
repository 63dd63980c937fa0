"""The forms of a draw: when the days do not suit, and a code to be checked."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from appointments.forms.booking import MeetingForm, TimeForm
from appointments.forms.fields import ANY_TIME
from appointments.models import Draw
from officials.models import Hours


class DrawTimeForm(TimeForm):
    """Which weekdays and parts of the day do not suit; the draw gives the time itself."""

    def __init__(self, *args: Any, draw: Draw, **kwargs: Any) -> None:
        super().__init__(*args, post=draw.post, open_=True, **kwargs)
        self.draw = draw
        del self.fields["slot"]
        self.fields.pop("hand_down_agreed", None)
        # Only the weekdays of the draw are asked about, and of a single one nothing is.
        drawn = {day.weekday() for day in days_of(draw)}
        field: Any = self.fields["unsuitable_weekdays"]
        field.choices = [one for one in Hours.Weekday.choices if one[0] in drawn]
        if len(drawn) == 1:
            del self.fields["unsuitable_weekdays"]

    def clean_unsuitable_weekdays(self) -> list[int]:
        days: list[int] = self.cleaned_data["unsuitable_weekdays"]
        if all(day.weekday() in days for day in days_of(self.draw)):
            raise ValidationError(_("Leave at least one of the days of the draw."))
        return days

    def data_for_draft(self) -> dict[str, Any]:
        kept = {"unsuitable_weekdays": [], **self.cleaned_data}
        return {**kept, "slot": ANY_TIME, "draw": self.draw.pk}


class DrawMeetingForm(MeetingForm):
    """Without the choice of privacy: the codes and ranks of a draw are published."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["private"]

    def data_for_draft(self) -> dict[str, Any]:
        return {**super().data_for_draft(), "private": False}


class CodeForm(forms.Form):
    """A code that somebody wants to look up in a draw."""

    code = forms.CharField(
        label=_("Your code"),
        help_text=_("As on your acknowledgement, for example DR 7K4P 92MX"),
        max_length=40,
    )


def days_of(draw: Draw) -> list[date]:
    """Return the days of the draw."""
    count = (draw.last_day - draw.first_day).days + 1
    return [draw.first_day + timedelta(days=n) for n in range(count)]
