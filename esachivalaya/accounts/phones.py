"""Mobile numbers of India, as people type them."""

import unicodedata
from typing import Any

import phonenumbers
from django import forms
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.words import ascii_digits

NOT_A_NUMBER = _("Write a mobile number with ten digits, for example 98000 00001.")
FOREIGN = _("This number is not from India. Write an Indian mobile number with ten digits.")
LANDLINE = _("This is not a mobile number. Write a mobile number: the code comes by SMS.")
# What people put between digits.
_SEPARATORS = str.maketrans("", "", " \u00a0\u2009\u200b\t-\u2010\u2011\u2012\u2013.()/")


class NotAMobile(ValueError):
    """What was typed is no Indian mobile number; the argument is the sentence for the person."""


def parse_mobile(text: str) -> str:
    """Return the number that ``text`` means, as ``+919800000001``.

    Understood are 98000 00001, 09800000001, +91 98000-00001, 0091..., in digits of any script.
    Anything else raises :class:`NotAMobile`, a ValueError, with a sentence for the person: a
    foreign number, a landline or a service number, too few digits.
    """
    typed = ascii_digits(unicodedata.normalize("NFKC", text[:64])).translate(_SEPARATORS)
    if not typed.removeprefix("+").isascii() or not typed.removeprefix("+").isdigit():
        raise NotAMobile(NOT_A_NUMBER)
    try:
        number = phonenumbers.parse(typed, "IN")
    except phonenumbers.NumberParseException:
        raise NotAMobile(NOT_A_NUMBER) from None
    if number.country_code != 91:
        raise NotAMobile(FOREIGN)
    if not phonenumbers.is_valid_number(number):
        raise NotAMobile(NOT_A_NUMBER)
    if phonenumbers.number_type(number) not in (
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    ):
        raise NotAMobile(LANDLINE)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


class MobileField(forms.CharField):
    """A form field whose value is an Indian mobile number in E.164."""

    widget = forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"})

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Mobile number"))
        kwargs.setdefault("help_text", _("Ten digits, for example 98000 00001."))
        kwargs.setdefault("error_messages", {"required": NOT_A_NUMBER})
        super().__init__(max_length=64, **kwargs)

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        if not typed:
            return ""
        try:
            return parse_mobile(typed)
        except ValueError as problem:
            raise forms.ValidationError(problem.args[0]) from None
