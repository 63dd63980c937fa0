"""Made-up content for the gallery of components; no row of the database is touched."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

MADE = datetime(2020, 7, 14, 4, 30, tzinfo=UTC)


class SampleForm(forms.Form):
    """One field of each kind, to see them all."""

    subject = forms.CharField(
        label=_("Subject"),
        help_text=_("For example: pension not received since April"),
        max_length=120,
    )
    words = forms.CharField(
        label=_("What is it about?"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    part = forms.ChoiceField(
        label=_("Which part of the day suits you?"),
        choices=[("am", _("Morning")), ("pm", _("Afternoon"))],
        widget=forms.RadioSelect,
    )
    level = forms.ChoiceField(label=_("Level"), choices=[("d", _("District")), ("s", _("State"))])
    other = forms.BooleanField(label=_("Other times suit me too"), required=False)


def _days() -> list[dict[str, Any]]:
    days = []
    for day in range(3):
        start = MADE + timedelta(days=day)
        slots = [
            {
                "value": f"{day}-{number}",
                "starts_at": start + timedelta(minutes=20 * number),
                "ends_at": start + timedelta(minutes=20 * number + 15),
                "free": (number + day) % 3 != 0,
            }
            for number in range(6)
        ]
        days.append({"date": start.date(), "slots": slots})
    return days


def gallery() -> dict[str, Any]:
    """Return the context of templates/pages/gallery.html."""
    return {
        "now": MADE,
        "soon": MADE + timedelta(hours=5, minutes=20),
        "late": MADE - timedelta(hours=2),
        "days": _days(),
        "form": SampleForm(),
        "wrong": SampleForm({"words": "…"}, prefix="wrong"),
        "filters": SampleForm(prefix="filter"),
        "rows": [
            {"label": _("Office"), "value": _("Deputy Commissioner, Rewari")},
            {"label": _("Subject"), "value": _("Pension not received"), "change_url": "#"},
        ],
        "events": [
            {"at": MADE, "what": _("You asked for a meeting."), "kind": "done"},
            {
                "at": MADE + timedelta(hours=2),
                "what": _("The office offered another time."),
                "who": _("Office of the Deputy Commissioner, Rewari"),
                "kind": "waiting",
            },
            {"at": None, "what": _("The office answers by then."), "kind": "info"},
        ],
        "bars": [("Rewari", 96), ("Gurugram", 88), ("Nuh", 52)],
        "line": [("9", 4), ("10", 9), ("11", 7), ("12", 3), ("13", 12), ("14", 6)],
    }
