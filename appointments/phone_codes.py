"""The phone code of a request: nine digits that anybody can key in on a telephone.

A reference has letters, and on a keypad three letters share a key. The phone code is the request's
number in the database put through a keyed permutation of eight digits, and a check digit. So every
request has exactly one code and no two the same one, nothing is stored, and the codes of two
requests made one after the other have nothing in common. Like the PIN beside which it is printed it
depends on the portal's secret key. It opens nothing by itself: the PIN does.
"""

import hmac
from hashlib import sha256

from django.conf import settings

from esachivalaya.common.words import ascii_digits

LENGTH = 9
_HALF = 10_000
_ROUNDS = 8


def phone_code_of(pk: int) -> str:
    """Return the nine digits of the request with the primary key ``pk``."""
    if not 0 < pk < _HALF * _HALF:
        raise ValueError("Phone codes are made for up to 99,999,999 requests.")
    left, right = divmod(pk, _HALF)
    for number in range(_ROUNDS):
        left, right = right, (left + _mixed(number, right)) % _HALF
    digits = f"{left:04}{right:04}"
    return digits + _check_digit(digits)


def request_number(typed: str) -> int | None:
    """Return the primary key behind the keys pressed, or None when a key was wrong.

    Digits of any script count; whatever stands between them does not.
    """
    digits = "".join(one for one in ascii_digits(typed[:40]) if "0" <= one <= "9")
    if len(digits) != LENGTH or _check_digit(digits[:-1]) != digits[-1]:
        return None
    left, right = int(digits[:4]), int(digits[4:8])
    for number in reversed(range(_ROUNDS)):
        left, right = (right - _mixed(number, left)) % _HALF, left
    return left * _HALF + right or None


def grouped(code: str) -> str:
    """Return the code in the groups in which it is printed and read out: ``482 913 075``."""
    return " ".join(code[start : start + 3] for start in range(0, LENGTH, 3))


def _mixed(number: int, half: int) -> int:
    key = f"{settings.SECRET_KEY}/phone-code".encode()
    return int.from_bytes(hmac.new(key, f"{number}:{half}".encode(), sha256).digest()[:8]) % _HALF


def _check_digit(digits: str) -> str:
    """Luhn's: finds every single wrong key and nearly every pair of keys in the wrong order."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value // 10 + value % 10
    return str(-total % 10)
