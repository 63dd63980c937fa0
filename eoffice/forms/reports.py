"""The days of a report, and the department whose sections it shows: all in the address."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from appointments.forms.reports import DaysForm, day_field

LONGEST_DAYS = 366
# Without days: so many up to and with today.
DAYS = 30


class ReportDays(DaysForm):
    """From, to; without them the last thirty days. ``department`` where there are some to choose.

    ``days`` False: the report is of this moment.
    """

    from_day = day_field(_("From the day"))
    to_day = day_field(_("To the day"))
    department = forms.ChoiceField(label=_("Department"), required=False)

    def __init__(
        self,
        data: Any,
        *,
        today: date,
        departments: Sequence[tuple[str, str]] = (),
        days: bool = True,
    ) -> None:
        given = {name: data.get(name, "") for name in self.base_fields}
        given["from_day"] = given["from_day"] or (today - timedelta(days=DAYS - 1)).isoformat()
        given["to_day"] = given["to_day"] or today.isoformat()
        super().__init__(given)
        fields: dict[str, Any] = self.fields
        if departments:
            fields["department"].choices = [("", _("All")), *departments]
        else:
            del self.fields["department"]
        if not days:
            del self.fields["from_day"], self.fields["to_day"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        first, last = cleaned.get("from_day"), cleaned.get("to_day")
        if first and last and (last - first).days >= LONGEST_DAYS:
            self.add_error("to_day", _("Choose at most a year."))
        return cleaned

    @property
    def first(self) -> date:
        day: date = self.cleaned_data["from_day"]
        return day

    @property
    def last(self) -> date:
        day: date = self.cleaned_data["to_day"]
        return day

    @property
    def chosen(self) -> str:
        """The code of the department; "" for all."""
        return str(self.cleaned_data.get("department") or "")
