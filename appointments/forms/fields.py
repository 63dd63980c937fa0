"""Fields that several forms share."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from appointments.diary import parse_slot
from esachivalaya.common.slots import Span

# The value of the choice "any time, the office decides".
ANY_TIME = "any"


class SlotField(forms.CharField):
    """A time out of a slot picker; with ``any_time`` also the wish that the office decides.

    Cleaned to a Span, or None for any time. A value that no picker wrote is refused in words.
    """

    # Drawn by the slot picker; not hidden, so that the error summary leads to it.
    widget = forms.TextInput

    def __init__(self, *, any_time: bool, **kwargs: Any) -> None:
        kwargs.setdefault("error_messages", {})["required"] = _("Choose a time.")
        super().__init__(label=_("Time"), max_length=80, **kwargs)
        self.any_time = any_time

    def clean(self, value: Any) -> Span | None:
        text = super().clean(value)
        if text == ANY_TIME and self.any_time:
            return None
        span = parse_slot(text)
        if span is None:
            raise ValidationError(
                _("This is not a time that can be booked. Choose one of the times shown."),
                code="slot",
            )
        return span
