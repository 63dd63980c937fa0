"""Telephone numbers of Kendras: a mobile or a landline of India."""

import phonenumbers
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.words import ascii_digits

WRONG = _("Write a telephone number of India with its code, for example 01274 225500.")


class NotATelephone(ValueError):
    """What was typed is no telephone number of India; the argument says so in words."""


def parse_telephone(text: str) -> str:
    """Return the number that ``text`` means in E.164; "" for nothing."""
    typed = ascii_digits(text).strip()
    if not typed:
        return ""
    try:
        number = phonenumbers.parse(typed, "IN")
    except phonenumbers.NumberParseException:
        raise NotATelephone(WRONG) from None
    if number.country_code != 91 or not phonenumbers.is_valid_number(number):
        raise NotATelephone(WRONG)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
