"""SMS that come in, for places and numbers that have it: a word of command, and one answer at most.

Whatever comes in, the bill stays bounded: answers are counted per number and day and for everybody
together, in the database, and what is not understood is answered once a day. Only an Indian mobile
is answered: short codes, names and our own numbers would answer back for ever.
"""

import re
from datetime import date, timedelta

from django.db import connection, transaction
from django.utils.crypto import salted_hmac

from esachivalaya.common import clock, registry
from esachivalaya.common.clock import day_of
from esachivalaya.common.registry import TextAnswer
from esachivalaya.common.words import fold
from esachivalaya.notifications import numbers
from esachivalaya.notifications.models import (
    AnswerCount,
    Channel,
    InboundMessage,
    InboundWord,
    OptOut,
)
from esachivalaya.notifications.services import Letter, Recipient, post

Word = InboundWord
What = AnswerCount.What
# As people write them, in either script; compared folded, so that हाँ and हां are one word.
WORDS = {
    Word.STATUS: "status स्थिति स्टेटस sthiti",
    Word.CANCEL: "cancel रद्द कैंसिल radd rad",
    Word.HELP: "help info मदद सहायता madad sahayata",
    Word.STOP: "stop stopall unsubscribe quit बंद बन्द रोको band roko",
    Word.START: "start unstop शुरू शुरु चालू shuru chalu",
}
MEANING = {fold(word): meaning for meaning, words in WORDS.items() for word in words.split()}
HINDI_IN_LATIN = frozenset("sthiti radd rad madad sahayata band roko shuru chalu".split())
_DEVANAGARI = re.compile("[\u0900-\u097f]")
_MOBILE = re.compile(r"\+91[6-9][0-9]{9}")
_LONGEST = 320
# Answers on one day: to one number, to what was not understood from one number, to all together.
MOST = {What.NUMBER: 10, What.UNKNOWN: 1, What.ALL: 2000}
COUNTS_KEPT = timedelta(days=7)

RECEIVE = """
INSERT INTO notifications_inboundmessage (provider_id, sender_digest, word, answered)
VALUES (%s, %s, %s, false) ON CONFLICT (provider_id) DO NOTHING RETURNING id
"""
COUNT = """
INSERT INTO notifications_answercount AS counted (day, what, sender_digest, given)
VALUES (%s, %s, %s, 1)
ON CONFLICT (day, what, sender_digest) DO UPDATE SET given = counted.given + 1
WHERE counted.given < %s
RETURNING given
"""


@transaction.atomic
def take(*, provider_id: str, sender: str, to: str, body: str, answered: bool = False) -> bool:
    """Do what an SMS asks for and write at most one answer; return whether one was written.

    The same ``provider_id`` acts once, however often and however many at a time it comes.
    ``answered``: the provider has answered it already (its own opt-out keywords), so we do not.
    """
    word, rest = understood(body)
    digest = salted_hmac("notifications.inbound", sender, algorithm="sha256").hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(RECEIVE, [provider_id, digest, word.value])
        row = cursor.fetchone()
    if row is None or not _MOBILE.fullmatch(sender) or sender == to:
        return False
    answer = _act(word, rest, sender)
    if not answer.template or answered or not _within_limits(word, digest):
        return False
    recipient = Recipient(phone=sender, language=language_of(body))
    post(
        [
            Letter(
                event=f"inbound:{row[0]}",
                template=answer.template,
                to=recipient,
                values=answer.values,
                subject_kind=answer.subject_kind,
                subject_id=answer.subject_id,
            )
        ]
    )
    InboundMessage.objects.filter(pk=row[0]).update(answered=True)
    return True


def understood(body: str) -> tuple[InboundWord, str]:
    """Return the word of command with which ``body`` begins, and what follows it."""
    parts = fold(body[:_LONGEST]).split(maxsplit=1)
    first = parts[0].strip(".,:;!?-।'\"") if parts else ""
    rest = parts[1] if len(parts) > 1 else ""
    return MEANING.get(first, Word.UNKNOWN), rest


def language_of(body: str) -> str:
    """Return the language to answer in: that of the words that came."""
    if _DEVANAGARI.search(body) or HINDI_IN_LATIN.intersection(fold(body[:_LONGEST]).split()):
        return "hi"
    return "en"


def remove_old() -> int:
    """Remove the counts of days gone by, and whose texts came then; return how many counts."""
    InboundMessage.objects.filter(received_at__lt=clock.now() - COUNTS_KEPT).exclude(
        sender_digest=""
    ).update(sender_digest="")
    before = day_of(clock.now() - COUNTS_KEPT)
    removed, _by_model = AnswerCount.objects.filter(day__lt=before).delete()
    return removed


def _act(word: InboundWord, rest: str, sender: str) -> TextAnswer:
    if word == Word.STOP:
        numbers.opt_out(channel=Channel.SMS, address=sender, source=OptOut.Source.INBOUND)
        return TextAnswer("reply_stopped")
    if word == Word.START:
        numbers.opt_in(channel=Channel.SMS, address=sender)
        return TextAnswer("reply_started")
    if word == Word.HELP:
        return TextAnswer("reply_help")
    for answers in registry.text_answers:
        if (answer := answers(word.value, rest, sender)) is not None:
            return answer
    return TextAnswer("reply_unknown")


def _within_limits(word: InboundWord, digest: str) -> bool:
    """Count one answer to this number, and say whether it may be given."""
    today = day_of(clock.now())
    counts = [(What.NUMBER, digest), (What.ALL, "")]
    if word == Word.UNKNOWN:
        counts.insert(0, (What.UNKNOWN, digest))
    return all(_count(today, what, whose) for what, whose in counts)


def _count(day: date, what: AnswerCount.What, digest: str) -> bool:
    """Count one answer unless the limit is reached, in one statement: nobody slips in between."""
    if MOST[what] < 1:
        return False
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [day, what.value, digest, MOST[what]])
        return cursor.fetchone() is not None
