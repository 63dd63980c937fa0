"""When two lines mean one person: the same number, the same given name, the same year of birth.

The number alone is a family's, the name alone is a village's. Names are compared without case,
accents and the many spellings of one sound's sign; years must be equal. So a list that comes again
makes no second donor, and two people on one phone stay two.
"""

import hashlib
import hmac
from collections.abc import Iterable

from django.conf import settings

from esachivalaya.common.words import fold

Key = tuple[str, str, int | None]
# A family's phone has so many people. More are somebody who guesses, or the number of an office
# that filled a list: whoever reads there is not to learn the names of a whole ward.
MOST_ON_A_NUMBER = 8

_HONORIFICS = frozenset(
    fold(word)
    for word in "shri sri smt smt. shrimati sh. sh km kumari mr mr. mrs mrs. ms ms. dr dr. late "
    "श्री श्रीमती सुश्री कुमारी डॉ डॉ. स्व. मो. मो md md. mohd mohd.".split()
)


def key_of(phone: str, given_name: str, year: int | None) -> Key:
    """Return what makes a person the same one, for one of their numbers."""
    return phone, fold(given_name), year


def given_name_of(name: str) -> str:
    """Return the first word of ``name`` that is no form of address; all that an SMS says."""
    words = name.split()
    own = [word for word in words if fold(word) not in _HONORIFICS and len(word.strip(".")) > 1]
    return (own or words or [""])[0][:60]


def mark_of(key: Key) -> str:
    """Return the mark that is kept of somebody who was erased at their own wish.

    Only the portal can make it, and only from the person's number, name and year again: a list
    that still has them does not bring them back.
    """
    phone, name, year = key
    secret = f"{settings.SECRET_KEY}/plasma-erased".encode()
    return hmac.new(secret, f"{phone}\n{name}\n{year}".encode(), hashlib.sha256).hexdigest()


def marks_of(phones: Iterable[str], given_name: str, year: int | None) -> list[str]:
    """Return the marks of one person, one for each number."""
    return [mark_of(key_of(phone, given_name, year)) for phone in phones]
