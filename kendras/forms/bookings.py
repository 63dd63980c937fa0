"""Finding a booking at the counter, and opening one of another Kendra."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from esachivalaya.accounts.forms.citizens import NewNumberForm
from esachivalaya.common.typed import WordsField
from esachivalaya.common.words import ascii_digits, tidy


class FindForm(forms.Form):
    """One field over the list, kept in the address."""

    q = forms.CharField(
        label=_("Reference or name"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )

    def clean_q(self) -> str:
        return tidy(self.cleaned_data["q"])


class HelpForm(forms.Form):
    """Reference and PIN, as they are printed on the slip."""

    reference = forms.CharField(
        label=_("Reference"),
        help_text=_(
            "For example ES 7K4P 92MX, with or without gaps. The code of a draw (DR …) works too."
        ),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        error_messages={"required": _("Write the reference.")},
    )
    pin = forms.CharField(
        label=_("PIN"),
        help_text=_("Six digits, printed beside the reference. The person types or says them."),
        max_length=12,
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": _("Write the PIN.")},
    )

    def clean_pin(self) -> str:
        return ascii_digits(self.cleaned_data["pin"])


class HelpNumberForm(NewNumberForm):
    """A person's full name, the number to which their appointments are to go, and who asked so."""

    name = forms.CharField(
        label=_("Full name of the person"),
        help_text=_("As it was written when the appointment was asked for."),
        max_length=120,
        error_messages={"required": _("Write the full name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    serial_number = WordsField(
        label=_("Serial number of the signed slip"),
        help_text=_(
            "Look at the person's papers and let them sign a slip, or put their thumb mark on it. "
            "It stays sealed here."
        ),
        max_length=24,
        error_messages={"required": _("Write the serial number of the paper slip.")},
    )
    witness = WordsField(
        label=_("Witness: who saw it signed or thumb-marked"),
        max_length=120,
        error_messages={"required": _("Write who saw the slip signed or thumb-marked.")},
    )
    field_order = ("key", "name", "phone", "serial_number", "witness")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].help_text = _("A code comes to it by SMS; the person reads it out.")
