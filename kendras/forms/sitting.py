"""What is typed to open a locked counter, and to set the PIN for it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST_PIN = 40
# Long enough for any passphrase, short enough to hash.
LONGEST_PASSWORD = 200


def _pin(label: Any, **kwargs: Any) -> forms.CharField:
    attrs = {"inputmode": "numeric", "autocomplete": "off", "class": "code-input"}
    return forms.CharField(
        label=label,
        max_length=LONGEST_PIN,
        widget=forms.PasswordInput(attrs=attrs),
        error_messages={"required": _("Write the six digits.")},
        **kwargs,
    )


class UnlockForm(forms.Form):
    """Who goes on at the counter, and their PIN."""

    user = forms.TypedChoiceField(
        label=_("Who goes on?"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose who goes on."),
            "invalid_choice": _("This person cannot open the counter here now."),
        },
    )
    pin = _pin(_("PIN"), help_text=_("Six digits."))

    def __init__(self, *args: Any, people: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["user"]
        choice.choices = [(person.user.pk, str(person.user)) for person in people]
        if people:
            self.initial.setdefault("user", people[0].user.pk)


class PinForm(forms.Form):
    """A new PIN, twice, and the password of whose it is."""

    pin = _pin(
        _("New PIN"),
        help_text=_("Six digits without an order. Not your birthday, not your mobile number."),
    )
    again = _pin(_("New PIN, once more"))
    password = forms.CharField(
        label=_("Your password"),
        help_text=_("So that nobody sets your PIN while you are away for a moment."),
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("Write your password.")},
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "pin" in data and "again" in data and data["pin"] != data["again"]:
            self.add_error("again", _("The two PINs are not the same."))
        return data
