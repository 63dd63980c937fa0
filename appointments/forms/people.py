"""What somebody types who comes with another number than their appointments have."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from appointments.forms.finding import TrackForm
from esachivalaya.accounts.phones import MobileField
from esachivalaya.accounts.services.new_number import LEAST_REASON
from esachivalaya.common.idempotency import KeyField
from esachivalaya.common.typed import WordsField
from esachivalaya.common.words import tidy

FULL_NAME: dict[str, Any] = {
    "label": _("Full name of the person for whom the appointment is"),
    "help_text": _("As it was written when the appointment was asked for."),
    "max_length": 120,
    "widget": forms.TextInput(attrs={"autocomplete": "off"}),
}


class OtherNumberForm(TrackForm):
    """Reference, PIN and full name, all three of one request."""

    name = forms.CharField(**FULL_NAME, error_messages={"required": _("Write the full name.")})


class AtTheDeskForm(TrackForm):
    """Reference and PIN; or reference, full name and Family ID with a reason."""

    # Whether the reason is asked for beside the PIN as well, and what is said of a short one.
    reason_always = False
    short_reason: Any = _("Write in at least 20 characters how you know that it is this person.")
    key = KeyField()
    name = forms.CharField(**{**FULL_NAME, "required": False})
    family_id = forms.CharField(
        label=_("Family ID (Parivar Pehchan Patra)"), max_length=24, required=False
    )
    reason = forms.CharField(
        label=_("How you know that it is this person"),
        help_text=_("Only without the PIN, at least 20 characters: which paper you have seen."),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, by_code=True, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["pin"].help_text = _("If the citizen has it. Then the three fields below are empty.")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("pin"):
            for name, words in (
                ("name", _("Without the PIN, write the full name.")),
                ("family_id", _("Without the PIN, write the Family ID.")),
            ):
                if not data.get(name):
                    self.add_error(name, words)
        if (self.reason_always or not data.get("pin")) and "reason" not in self.errors:
            self._check_reason(tidy(data.get("reason", "")))
        return data

    def _check_reason(self, reason: str) -> None:
        if len(reason) < LEAST_REASON:
            self.add_error("reason", self.short_reason)


class HelpDeskForm(AtTheDeskForm):
    """Whose appointments they are, and the new number."""

    phone = MobileField(
        label=_("New mobile number"),
        help_text=_("A code comes to it by SMS; the citizen reads it out to you."),
    )


class ClaimForm(AtTheDeskForm):
    """Whose nominee somebody says they are, and always what they want and why."""

    reason_always = True
    short_reason = _("Write in at least 20 characters who claims what.")
    reason = WordsField(
        label=_("Who claims what, and why the person cannot ask"),
        help_text=_("At least 20 characters: who came, which papers you have seen."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": short_reason},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["pin"].help_text = _("If it is at hand. Then name and Family ID are empty.")
