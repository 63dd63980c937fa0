"""What staff type to get in."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from esachivalaya.accounts.models import User

# Long enough for any passphrase, short enough to hash.
LONGEST_PASSWORD = 200
# The settings' policy in our words: Django has no Hindi for it.
_TOO_WEAK = _("This password is too easy to guess. Choose another one.")
_POLICY = {
    "password_too_short": _("This password is too short. It needs 12 characters or more."),
    "password_too_similar": _("This password is too much like your name or your e-mail."),
    "password_too_common": _("Too many people use this password. Choose another one."),
    "password_entirely_numeric": _("A password of digits alone is easy to guess. Add letters."),
}
_CODE_INPUT = {"inputmode": "numeric", "autocomplete": "one-time-code", "class": "code-input"}


def _password(label: Any, autocomplete: str, **kwargs: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
        **kwargs,
    )


class StaffSignInForm(forms.Form):
    """User name and password."""

    username = forms.CharField(
        label=_("User name"),
        max_length=80,
        error_messages={"required": _("Write your user name.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = _password(
        _("Password"),
        "current-password",
        error_messages={"required": _("Write your password.")},
    )


class AppCodeForm(forms.Form):
    """A code of the authenticator app."""

    code = forms.CharField(
        label=_("Code of your authenticator app"),
        help_text=_("Six digits. A new code comes every 30 seconds."),
        max_length=64,
        widget=forms.TextInput(attrs=_CODE_INPUT),
        error_messages={"required": _("Write the six digits that the app shows.")},
    )


class RecoveryCodeForm(forms.Form):
    """One of the ten codes on paper."""

    code = forms.CharField(
        label=_("Recovery code"),
        help_text=_("Ten letters and digits from your printed list. Each works once."),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
        error_messages={"required": _("Write one of your recovery codes.")},
    )


class NewPasswordForm(forms.Form):
    """A new password, typed twice, held against the policy in the settings."""

    password = _password(
        _("New password"),
        "new-password",
        help_text=_("12 characters or more. Three or four words in a row are easy to remember."),
        error_messages={"required": _("Choose a password.")},
    )
    again = _password(
        _("New password, once more"),
        "new-password",
        error_messages={"required": _("Write the password once more.")},
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        try:
            validate_password(password, self.user)
        except forms.ValidationError as problem:
            codes = [error.code or "" for error in problem.error_list]
            raise forms.ValidationError([_POLICY.get(code, _TOO_WEAK) for code in codes]) from None
        return password

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "password" in data and "again" in data and data["password"] != data["again"]:
            self.add_error("again", _("The two passwords are not the same."))
        return data


class ChangePasswordForm(NewPasswordForm):
    """The old password and the new one twice."""

    old = _password(
        _("Present password"),
        "current-password",
        error_messages={"required": _("Write your present password.")},
    )
    field_order = ["old", "password", "again"]
