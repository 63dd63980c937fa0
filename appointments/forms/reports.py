"""The filters of a report, all in the address."""

from calendar import monthrange
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from appointments.models import Category, Request
from appointments.reports import Filters, Scope, default_days
from esachivalaya.common.formats import chosen_language
from officials.models import District, Post, Service

EARLIEST, LATEST = date(2020, 1, 1), date(2099, 12, 31)


def day_field(label: Any) -> forms.DateField:
    """Return the field of a day, with the browser's own picker."""
    return forms.DateField(
        label=label,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": _("Write the day as 2026-07-14.")},
    )


def _in_its_month(typed: str, *, last: bool) -> str:
    """Return the first or the ``last`` day of the month of the day typed; what is none stays."""
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return typed
    return day.replace(day=monthrange(day.year, day.month)[1] if last else 1).isoformat()


class DaysForm(forms.Form):
    """What is asked of ``from_day`` and ``to_day``; each form words the two for itself."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in ("from_day", "to_day"):
            day = cleaned.get(name)
            if day is not None and not EARLIEST <= day <= LATEST:
                self.add_error(name, _("Choose a day from the year 2020 on."))
        first, last = cleaned.get("from_day"), cleaned.get("to_day")
        if first and last and last < first:
            self.add_error("to_day", _("The last day comes before the first."))
        return cleaned


class ReportForm(DaysForm):
    """From, to, and what else narrows the figures. Without days: the last thirty.

    The State's reader, from whom small numbers are hidden, gets whole months.
    """

    of = forms.ChoiceField(choices=Scope.choices, widget=forms.HiddenInput)
    from_day = day_field(_("Asked from"))
    to_day = day_field(_("Asked until"))
    post = forms.ChoiceField(label=_("Office"), required=False)
    department = forms.ChoiceField(label=_("Department"), required=False)
    district = forms.ChoiceField(label=_("Citizen's district"), required=False)
    category = forms.ChoiceField(label=_("Category"), required=False)
    service = forms.ChoiceField(label=_("Service or scheme"), required=False)
    channel = forms.ChoiceField(label=_("Asked through"), required=False)
    status = forms.ChoiceField(label=_("Status"), required=False)

    def __init__(self, data: Any, *, scope: Scope, posts: list[Post], today: date) -> None:
        first, last = default_days(today)
        given = {name: data.get(name, "") for name in self.base_fields}
        given["of"] = str(scope)
        given["from_day"] = given["from_day"] or first.isoformat()
        given["to_day"] = given["to_day"] or last.isoformat()
        if scope == Scope.STATE:
            # Two ranges that differ by a day would tell, by their difference, what a day's small
            # numbers hide.
            given["from_day"] = _in_its_month(given["from_day"], last=False)
            given["to_day"] = _in_its_month(given["to_day"], last=True)
        super().__init__(given)
        language = chosen_language()
        name = f"name_{language}"
        departments = {post.department.code: str(getattr(post.department, name)) for post in posts}
        fields: dict[str, Any] = self.fields
        choices: dict[str, list[tuple[str, Any]]] = {
            "post": sorted(
                ((post.code, str(getattr(post, f"title_{language}"))) for post in posts),
                key=lambda one: one[1],
            ),
            "department": sorted(departments.items(), key=lambda one: one[1]),
            "district": list(District.objects.order_by(name).values_list("code", name)),
            "category": list(Category.objects.values_list("code", name)),
            # Those no longer offered too: what was asked about them stays.
            "service": list(Service.objects.order_by(name, "code").values_list("code", name)),
            "channel": list(Request.Channel.choices),
            "status": list(Request.Status.choices),
        }
        for field, values in choices.items():
            fields[field].choices = [("", _("All")), *values]
        # What leaves nothing to choose from is not asked.
        for field, least in (("post", 2), ("department", 2), ("service", 1)):
            if len(choices[field]) < least:
                del self.fields[field]

    def filters(self) -> Filters:
        """Return what was chosen; the form is valid."""
        chosen = self.cleaned_data
        names = ("post", "department", "district", "category", "service", "channel", "status")
        return Filters(
            first=chosen["from_day"],
            last=chosen["to_day"],
            **{name: chosen.get(name, "") for name in names},
        )
