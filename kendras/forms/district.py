"""What a supervisor chooses, and why they want to see names."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from appointments.forms.fields import WordsField
from appointments.forms.reports import EARLIEST, LATEST
from esachivalaya.common.idempotency import KeyField
from kendras.figures import Period
from kendras.models import Kendra

LONGEST = timedelta(days=366)
LAST_DAYS = timedelta(days=29)
LEAST_PURPOSE = 20


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": _("Write the day as 2026-07-14.")},
    )


class DistrictForm(forms.Form):
    """The days, and which Kendras. Without days: the last thirty."""

    from_day = _day(_("Booked from"))
    to_day = _day(_("Booked until"))
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[("", _("All")), *Kendra.Kind.choices], required=False
    )
    silent = forms.BooleanField(label=_("Only silent Kendras"), required=False)

    def __init__(self, data: Any, *, today: date) -> None:
        given = {name: data.get(name, "") for name in self.base_fields}
        given["from_day"] = given["from_day"] or (today - LAST_DAYS).isoformat()
        given["to_day"] = given["to_day"] or today.isoformat()
        super().__init__(given)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("from_day"), data.get("to_day")
        if first and last and not EARLIEST <= first <= last <= LATEST:
            self.add_error("to_day", _("The last day must not come before the first day."))
        elif first and last and last - first > LONGEST:
            self.add_error("to_day", _("Choose at most a year."))
        return data

    @property
    def period(self) -> Period:
        """The days that were chosen; for a valid form."""
        return Period(self.cleaned_data["from_day"], self.cleaned_data["to_day"])


class PurposeForm(forms.Form):
    """Why names are to be seen: kept in the record beside who saw them."""

    key = KeyField()
    purpose = WordsField(
        label=_("Why do you want to see the names?"),
        help_text=_("At least 20 characters. It is kept with your name."),
        min_length=LEAST_PURPOSE,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write why you want to see the names.")},
    )
