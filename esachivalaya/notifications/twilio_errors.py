"""Twilio's error numbers by what they say about the next try (domain rule 4).

https://www.twilio.com/docs/api/errors names them. What is not in a table is sorted by its HTTP
status; a receipt's unknown error is this message's own.
"""

from esachivalaya.notifications.models import ErrorClass, NumberMark

Kind = NumberMark.Kind

# This account, service or sender, not this number: nothing goes until somebody mends it.
CONFIGURATION = {
    20003,  # wrong account or token
    20005,  # account not active
    20006,  # access denied
    20404,  # no such account or service at this address
    21212,  # sender not valid
    21603,  # no sender given
    21606,  # sender cannot send SMS
    21608,  # trial account, number not verified
    21609,  # our status-callback address is not valid
    21660,  # sender is not of this account
    21701,  # no such messaging service
    21703,  # messaging service without senders
    21704,  # messaging service without senders for this country
    30002,  # account suspended
}
# Said with status 400, though the next try may go through.
PASSING = {20429, 21611, 30001, 30017, 30022}
# This number will not take a message, and how it is marked.
NUMBER = {
    21211: Kind.INVALID,  # not a number
    21214: Kind.INVALID,  # cannot be reached
    21217: Kind.INVALID,
    21265: Kind.INVALID,
    21401: Kind.INVALID,
    21408: Kind.FOREIGN,  # this country is not permitted to us: this number, not the queue
    21610: Kind.OPTED_OUT,  # answered STOP
    21612: Kind.FOREIGN,  # no road from our sender to that country
    21614: Kind.LANDLINE,  # no mobile number
    21635: Kind.LANDLINE,
    30004: Kind.BLOCKED,
    30005: Kind.INVALID,  # unknown to its network
    30006: Kind.LANDLINE,  # landline, or a network that takes nothing
}
# This message, whatever its number: too long, empty, refused as unwanted.
MESSAGE = {21602, 21605, 21617, 21623, 30007, 30008, 30019}


def number_of(code: str | int) -> int:
    """Return ``code`` as a number; 0 for what is none."""
    text = str(code or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0


def class_of(code: str | int) -> ErrorClass | None:
    """Return the class of an error number, or None when no table knows it."""
    number = number_of(code)
    if number in CONFIGURATION:
        return ErrorClass.CONFIGURATION
    if number in PASSING:
        return ErrorClass.TEMPORARY
    if number in NUMBER or number in MESSAGE:
        return ErrorClass.PERMANENT
    return None


def mark_of(code: str | int) -> NumberMark.Kind | None:
    """Return how a number is marked after this error; None for an error of another kind."""
    return NUMBER.get(number_of(code))
