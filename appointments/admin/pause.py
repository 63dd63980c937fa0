"""The pause after a meeting on a request's page, and the form that waives it."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from appointments.models import Request
from appointments.services import fairness
from esachivalaya.common.idempotency import KeyField
from esachivalaya.common.words import tidy


class WaiverForm(forms.Form):
    """Why this person need not wait. The office and its superiors read it, the citizen does not."""

    key = KeyField()
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("It stays in the record. The citizen is told that they may ask."),
        min_length=10,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write the reason in a few words.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "waiver_%s")
        super().__init__(*args, **kwargs)

    def clean_reason(self) -> str:
        reason: str = tidy(self.cleaned_data["reason"])
        if len(reason) < 10:
            raise forms.ValidationError(_("Write the reason in a few words."))
        return reason


def panel(row: Request, *, moment: datetime, form: WaiverForm | None = None) -> dict[str, Any]:
    """Return what the request's page says about the pause; nothing while the request is open."""
    pause = None if row.is_open else fairness.pause_of(row, moment=moment)
    offered = pause is not None and pause.waiver is None
    return {"pause": pause, "waiver_form": (form or WaiverForm()) if offered else None}
