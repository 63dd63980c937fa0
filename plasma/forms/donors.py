"""What donors write on their pages: a year, answers to the questions, a bank, a time, a day."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from appointments.forms.changes import KeyForm
from appointments.forms.fields import SlotField
from esachivalaya.accounts.forms.citizens import PersonNameField
from esachivalaya.common.words import ascii_digits
from officials.models import District
from plasma.blood import BloodGroup
from plasma.services.screening import Question

_YES_NO = [("no", _("No")), ("yes", _("Yes"))]
_DAY = {"format": "%Y-%m-%d", "attrs": {"type": "date"}}


class YearField(forms.CharField):
    """A year of birth, in digits of any script; cleaned to a number."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Year of birth"))
        kwargs.setdefault("help_text", _("Four digits, for example 1985."))
        attrs = {"inputmode": "numeric", "autocomplete": "off", "class": "code-input"}
        kwargs.setdefault("widget", forms.TextInput(attrs=attrs))
        kwargs.setdefault("error_messages", {"required": _("Write the year of birth.")})
        super().__init__(max_length=16, **kwargs)

    def clean(self, value: Any) -> int:
        digits = re.sub(r"\s", "", ascii_digits(super().clean(value)))
        if not re.fullmatch(r"(19|20)[0-9]{2}", digits):
            raise forms.ValidationError(_("Write the year with four digits, for example 1985."))
        return int(digits)


class YearForm(forms.Form):
    """The question before anything is shown."""

    year = YearField(
        help_text=_("Of the person to whom the message was written. Four digits, for example 1985.")
    )


class QuestionsForm(KeyForm):
    """The questions of a policy, and the consent; nothing of the answers is kept."""

    agree = forms.BooleanField(
        label=_(
            "I agree that this bank sees my name, number, year of birth and blood group, and keeps "
            "what my visit needs."
        ),
        error_messages={"required": _("Without this the bank cannot expect you.")},
    )

    def __init__(self, *args: Any, asked: Iterable[Question], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = []
        for question in asked:
            self.fields[question.name] = _field_of(question)
            names.append(question.name)
        self.order_fields(["key", *names, "agree"])

    @property
    def answers(self) -> dict[str, Any]:
        """What was answered, as the screening judges it."""
        return {
            name: value == "yes" if isinstance(self.fields[name], forms.ChoiceField) else value
            for name, value in self.cleaned_data.items()
            if name not in {"key", "agree"}
        }


def _field_of(question: Question) -> forms.Field:
    words = str(question.words)
    if question.kind == "day":
        return forms.DateField(
            label=words,
            widget=forms.DateInput(**_DAY),  # type: ignore[arg-type]
            error_messages={
                "required": _("Write the day."),
                "invalid": _("Write the day like 2020-07-14."),
            },
        )
    if question.kind == "number":
        return forms.IntegerField(
            label=words,
            min_value=20,
            max_value=300,
            localize=False,
            widget=forms.TextInput(
                attrs={"inputmode": "numeric", "autocomplete": "off", "class": "code-input"}
            ),
            error_messages={
                "required": _("Write a number."),
                "invalid": _("Write a whole number, for example 62."),
                "min_value": _("Please check this number."),
                "max_value": _("Please check this number."),
            },
        )
    return forms.ChoiceField(
        label=words,
        choices=_YES_NO,
        widget=forms.RadioSelect,
        error_messages={"required": _("Answer with yes or no.")},
    )


class SlotForm(KeyForm):
    """A time at the bank, for the pledge as it was shown."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    slot = SlotField(any_time=False)


class LaterForm(KeyForm):
    """The day from which the person may be asked again."""

    day = forms.DateField(
        label=_("Ask me again from this day on"),
        widget=forms.DateInput(**_DAY),  # type: ignore[arg-type]
        error_messages={
            "required": _("Choose a day."),
            "invalid": _("Write the day like 2020-07-14."),
        },
    )


class StopForm(KeyForm):
    """For whom the asking ends."""

    whom = forms.ChoiceField(
        label=_("Who is not to be asked again?"),
        choices=[
            ("me", _("Only I")),
            ("number", _("Nobody on this mobile number")),
        ],
        initial="me",
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the two.")},
    )


class AboutForm(KeyForm):
    """What a person who comes by themselves says about themselves."""

    name = PersonNameField(
        label=_("Full name"),
        max_length=120,
        missing=_("Write the full name."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    year = YearField()
    district = forms.ModelChoiceField(
        label=_("District where you live"),
        queryset=District.objects.all(),
        to_field_name="code",
        empty_label=_("Choose a district"),
        error_messages={
            "required": _("Choose a district."),
            "invalid_choice": _("Choose a district from the list."),
        },
    )
    blood_group = forms.ChoiceField(
        label=_("Blood group"),
        choices=[("", _("I do not know it")), *BloodGroup.choices],
        required=False,
    )
    agree = forms.BooleanField(
        label=_(
            "I agree that what I write here is kept, and shown to the bank that I choose. I can "
            "read it and delete it at any time."
        ),
        error_messages={"required": _("Without this nothing can be kept, and no time booked.")},
    )
    may_ask = forms.BooleanField(
        label=_(
            "You may also ask me again by SMS when it could help. I can stop this at any time."
        ),
        required=False,
    )


class BackForm(forms.Form):
    """The year of birth of who has been here before."""

    year = YearField()
