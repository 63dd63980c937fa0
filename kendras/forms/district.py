"""What a supervisor chooses, and why names are to be seen."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from appointments.forms.reports import DaysForm, day_field
from esachivalaya.common.typed import WordsField
from kendras.figures import Period
from kendras.models import Kendra
from kendras.services.names_seen import LEAST_PURPOSE

LONGEST = timedelta(days=365)
LAST_DAYS = timedelta(days=29)


class DistrictDaysForm(DaysForm):
    """The days. Without them: the last thirty."""

    from_day = day_field(_("Booked from"))
    to_day = day_field(_("Booked until"))

    def __init__(self, data: Any, *, today: date) -> None:
        given = {name: data.get(name, "") for name in self.base_fields}
        given["from_day"] = given["from_day"] or (today - LAST_DAYS).isoformat()
        given["to_day"] = given["to_day"] or today.isoformat()
        super().__init__(given)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        first, last = cleaned.get("from_day"), cleaned.get("to_day")
        if first and last and last - first > LONGEST:
            self.add_error("to_day", _("Choose at most a year."))
        return cleaned

    @property
    def period(self) -> Period:
        """The days that were chosen; for a valid form."""
        return Period(self.cleaned_data["from_day"], self.cleaned_data["to_day"])

    @property
    def days(self) -> str:
        """The days as the addresses of the other pages carry them; for a valid form."""
        period = self.period
        return urlencode({"from_day": str(period.first), "to_day": str(period.last)})


class DistrictForm(DistrictDaysForm):
    """The days, and which Kendras."""

    kind = forms.ChoiceField(
        label=_("Kind"), choices=[("", _("All")), *Kendra.Kind.choices], required=False
    )
    silent = forms.BooleanField(label=_("Only silent Kendras"), required=False)

    @property
    def narrowed(self) -> bool:
        """Whether some Kendras are left out; for a valid form."""
        return bool(self.cleaned_data["kind"] or self.cleaned_data["silent"])


class PurposeForm(forms.Form):
    """Why names are to be seen: kept in the record beside who saw them."""

    purpose = WordsField(
        label=_("Why do you want to see the names?"),
        help_text=_("At least 20 characters. It is kept with your name."),
        min_length=LEAST_PURPOSE,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={
            "required": _("Write why you want to see the names."),
            "min_length": _("Write at least 20 characters, so that others understand why."),
        },
    )
