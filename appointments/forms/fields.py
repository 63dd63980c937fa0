"""Fields that several forms share."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from appointments.diary import parse_slot
from esachivalaya.common.slots import Span
from esachivalaya.common.words import mask_aadhaar, tidy

# The value of the choice "any time, the office decides".
ANY_TIME = "any"

AADHAAR_NOTE = _(
    "What looked like an Aadhaar number was made unreadable: the portal never asks for one."
)


class WordsField(forms.CharField):
    """Words as people type them: tidied, without control characters, Aadhaar numbers masked."""

    def __init__(self, **kwargs: Any) -> None:
        # A far too long text is refused with its own words, not silently cut.
        super().__init__(**kwargs)
        if isinstance(self.widget, forms.Textarea):
            self.widget.attrs.setdefault("rows", 4)

    def to_python(self, value: Any) -> str:
        return mask_aadhaar(tidy(super().to_python(value) or ""))[0]


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


def was_masked(form: forms.Form) -> bool:
    """Whether a number that looked like an Aadhaar number was typed into one of the fields."""
    typed = (form.data.get(form.add_prefix(name)) for name in form.fields)
    return any(mask_aadhaar(words)[1] for words in typed if isinstance(words, str))
