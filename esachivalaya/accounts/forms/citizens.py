"""What a citizen types: a number, a code, names."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from esachivalaya.accounts.forms.guardians import ChildFields
from esachivalaya.accounts.phones import MobileField
from esachivalaya.common.idempotency import KeyField
from esachivalaya.common.words import ascii_digits, fold, mask_aadhaar, tidy

_NOT_IN_A_NAME = re.compile(r"[0-9/:@<>\\{}\[\]|=_#%*+?!\"]")


class PersonNameField(forms.CharField):
    """A name in any script: letters, spaces, dots, hyphens, apostrophes; no digits."""

    def __init__(self, *, missing: Any, **kwargs: Any) -> None:
        super().__init__(error_messages={"required": missing}, **kwargs)

    def clean(self, value: Any) -> str:
        name = " ".join(tidy(super().clean(value)).split())
        if mask_aadhaar(name)[1]:
            raise forms.ValidationError(_("Write no Aadhaar number here. Write the name only."))
        if _NOT_IN_A_NAME.search(ascii_digits(name)):
            raise forms.ValidationError(_("Write the name with letters only, without digits."))
        if not any(character.isalpha() for character in name):
            raise forms.ValidationError(self.error_messages["required"])
        return name


class PhoneForm(forms.Form):
    """Asks for the number to which the code goes."""

    key = KeyField()
    phone = MobileField(
        help_text=_("A code comes to this number by SMS. Ten digits, for example 98000 00001.")
    )


class NewNumberForm(forms.Form):
    """Asks for the number that the appointments are to go with."""

    key = KeyField()
    phone = MobileField(
        label=_("New mobile number"),
        help_text=_("A code comes to this number by SMS. Ten digits, for example 98000 00001."),
    )


class CodeForm(forms.Form):
    """Asks for the six digits."""

    code = forms.CharField(
        label=_("Six-digit code"),
        help_text=_("It is in the SMS. It is good for ten minutes."),
        max_length=64,
        widget=forms.TextInput(
            attrs={
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
                "class": "code-input",
                "maxlength": "20",
            }
        ),
        error_messages={"required": _("Write the six digits from the SMS.")},
    )

    def clean_code(self) -> str:
        """Digits of any script, grouped in any way; what is not six digits costs no try."""
        digits = re.sub(r"[\s-]", "", ascii_digits(self.cleaned_data["code"]))
        if not re.fullmatch(r"[0-9]{6}", digits):
            raise forms.ValidationError(_("The code has six digits. Write all of them."))
        return digits


class ResendForm(forms.Form):
    """The button that asks for another code."""

    key = KeyField()


class OneOfUsForm(forms.Form):
    """Asks for the name of one person of a household that was silent for long."""

    name = forms.CharField(
        label=_("Full name of one person in your household"),
        help_text=_("As it was written when an appointment was asked for."),
        max_length=120,
        error_messages={"required": _("Write the full name of one person.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class PersonForm(forms.Form):
    """A person of the household."""

    key = KeyField()
    name = PersonNameField(
        label=_("Full name"),
        help_text=_("As the office is to see it."),
        max_length=120,
        missing=_("Write the full name."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    given_name = PersonNameField(
        label=_("Given name"),
        help_text=_("The only part of the name that an SMS says, since phones are shared."),
        max_length=60,
        missing=_("Write the given name."),
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    family_id = forms.CharField(
        label=_("Family ID (Parivar Pehchan Patra)"),
        help_text=_("Eight letters and digits, if there is one. Never an Aadhaar number."),
        max_length=24,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_(
            "If there is one: what comes by SMS then comes by e-mail as well, once you have "
            "followed the link that we send there."
        ),
        max_length=254,
        required=False,
        error_messages={"invalid": _("Write the e-mail like name@example.com, or leave it empty.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def clean_family_id(self) -> str:
        """Letters and digits, 6 to 12 of them; twelve digits are an Aadhaar number, never kept."""
        typed = ascii_digits(tidy(self.cleaned_data["family_id"]))
        plain = re.sub(r"[\s./-]", "", typed).upper()
        if re.fullmatch(r"[0-9]{11,}", plain):
            raise forms.ValidationError(
                _("This looks like an Aadhaar number. Leave it out: the portal never keeps one.")
            )
        if plain and not re.fullmatch(r"[A-Z0-9]{6,12}", plain):
            raise forms.ValidationError(
                _("A Family ID has eight letters and digits. You may leave it empty.")
            )
        return plain


class NewPersonForm(ChildFields, PersonForm):
    """A person who is added to the household; with a guardian where they are under 18."""

    field_order = ("key", "name", "given_name", "family_id", "email")


class EraseForm(forms.Form):
    """Asked once more before somebody is erased: their name, as it stands above."""

    name = forms.CharField(
        label=_("To be sure: write the full name"),
        help_text=_("As it stands above."),
        max_length=120,
        error_messages={"required": _("Write the full name, or keep the data.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._name = name

    def clean_name(self) -> str:
        typed: str = self.cleaned_data["name"]
        if fold(typed) != fold(self._name):
            raise forms.ValidationError(_("This is not the name that stands above."))
        return typed


class LanguageForm(forms.Form):
    """The language in which the portal speaks and writes to the household."""

    language = forms.ChoiceField(
        label=_("Language of pages and messages"),
        choices=[("hi", "हिन्दी"), ("en", "English")],
        widget=forms.RadioSelect,
    )
