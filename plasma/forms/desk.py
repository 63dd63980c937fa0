"""What a bank's desk writes: a decision, closed time, a donor who came without a time."""

import re
from collections.abc import Iterable
from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from appointments.forms.changes import KeyForm, VersionForm
from esachivalaya.accounts.phones import MobileField
from esachivalaya.common.clock import at, day_bounds
from esachivalaya.common.slots import Span
from esachivalaya.common.words import ascii_digits
from plasma.forms.donors import AboutForm, QuestionsForm
from plasma.models import Donation
from plasma.services.donations import Decision
from plasma.services.screening import Question

# Of a year of this portal; of others there are no clocks.
OLDEST, NEWEST = 2019, 2100
# A month of a large bank: each pledge takes some 12 characters.
LONGEST_SHOWN = 150_000
_DAY = {"format": "%Y-%m-%d", "attrs": {"type": "date"}}
_CLOCK = {"format": "%H:%M", "attrs": {"type": "time"}}


class TenthsField(forms.CharField):
    """A number with at most one decimal place, as 12.5; cleaned to tenths."""

    def clean(self, value: Any) -> int | None:
        text = ascii_digits(super().clean(value) or "").strip().replace(",", ".")
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{1,2}(\.[0-9])?", text):
            raise forms.ValidationError(_("Write it like 12.5."))
        return round(float(text) * 10)


class DecisionForm(VersionForm):
    """What the medical officer decides."""

    outcome = forms.ChoiceField(
        label=_("Decision"),
        choices=Donation.Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the two.")},
    )
    haemoglobin = TenthsField(
        label=_("Haemoglobin, g/dl"),
        help_text=_("For a donation; it is held against the rules and not kept."),
        required=False,
        widget=forms.TextInput(
            attrs={"inputmode": "decimal", "autocomplete": "off", "class": "code-input"}
        ),
    )
    reason = forms.ChoiceField(
        label=_("Reason of a deferral"),
        choices=[("", _("None: the donor gave plasma")), *Donation.Reason.choices],
        required=False,
    )
    until = forms.DateField(
        label=_("Deferred until"),
        required=False,
        widget=forms.DateInput(**_DAY),  # type: ignore[arg-type]
        error_messages={"invalid": _("Write the day like 2020-07-14.")},
    )
    for_good = forms.BooleanField(label=_("Deferred for good"), required=False)

    @property
    def decision(self) -> Decision:
        """The decision as the service takes it."""
        data = self.cleaned_data
        return Decision(
            outcome=data["outcome"],
            haemoglobin=data["haemoglobin"],
            reason=data["reason"],
            until=data["until"],
            for_good=data["for_good"],
        )


class ClosingForm(forms.Form):
    """Which time the bank is closed, kept in the address while it is looked at."""

    first = forms.DateField(label=_("First day"), widget=forms.DateInput(**_DAY))  # type: ignore[arg-type]
    last = forms.DateField(
        label=_("Closed until the end of"),
        help_text=_("Empty: one day only."),
        required=False,
        widget=forms.DateInput(**_DAY),  # type: ignore[arg-type]
    )
    opens = forms.TimeField(
        label=_("From"),
        help_text=_("Empty: from the morning on."),
        required=False,
        widget=forms.TimeInput(**_CLOCK),  # type: ignore[arg-type]
    )
    closes = forms.TimeField(
        label=_("Until"),
        help_text=_("Empty: for the whole day."),
        required=False,
        widget=forms.TimeInput(**_CLOCK),  # type: ignore[arg-type]
    )
    words = forms.CharField(
        label=_("Reason"),
        help_text=_("For the bank itself; donors are not told it."),
        max_length=120,
        min_length=3,
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last") or data.get("first")
        if any(day is not None and not OLDEST < day.year < NEWEST for day in (first, last)):
            self.add_error("first", _("Write the day like 2020-07-14."))
        elif first is not None and last is not None and last < first:
            self.add_error("last", _("The last day must not come before the first day."))
        elif first is not None and last is not None:
            start = at(first, data.get("opens") or time.min)
            until = data.get("closes")
            end = at(last, until) if until else day_bounds(last)[1]
            if end <= start:
                self.add_error("closes", _("A bank closes after it opens."))
            else:
                data["span"] = Span(start, end)
        return data


class CloseForm(KeyForm):
    """The button, with what its page showed as affected: id and version of each pledge."""

    shown = forms.CharField(required=False, max_length=LONGEST_SHOWN, widget=forms.HiddenInput)

    def clean_shown(self) -> set[tuple[int, int]]:
        text = self.cleaned_data["shown"]
        if not re.fullmatch(r"([0-9]{1,18}:[0-9]{1,9}( |$))*", text):
            raise forms.ValidationError(_("Please look at the page again."))
        pairs = (one.split(":") for one in text.split())
        return {(int(pk), int(version)) for pk, version in pairs}


class WalkInForm(QuestionsForm, AboutForm):
    """A donor who came without a time: who they are, and the questions."""

    phone = MobileField()

    def __init__(self, *args: Any, asked: Iterable[Question], **kwargs: Any) -> None:
        questions = list(asked)
        super().__init__(*args, asked=questions, **kwargs)
        self.fields["agree"].label = _(
            "The donor agrees that what is written here is kept for the visit."
        )
        self.fields["agree"].error_messages["required"] = _("Without this nothing can be kept.")
        self.fields["may_ask"].label = _("The donor may be asked again by SMS.")
        about = ["phone", "name", "year", "district", "blood_group"]
        names = [question.name for question in questions]
        self.asked_names = names
        self.order_fields(["key", *about, *names, "agree", "may_ask"])

    @property
    def answers(self) -> dict[str, Any]:
        """What was answered, as the screening judges it."""
        return {
            name: value == "yes" if isinstance(self.fields[name], forms.ChoiceField) else value
            for name, value in self.cleaned_data.items()
            if name in self.asked_names
        }
