"""How moments are said, and how words become what the provider reads out (TwiML)."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from twilio.twiml.voice_response import Gather, VoiceResponse

from esachivalaya.common.formats import (
    chosen_language,
    date_long,
    in_india,
    part_of_day,
    time_short,
)

# One voice that speaks both languages as they are spoken in India.
VOICE = "Polly.Aditi"
CODES = {"hi": "hi-IN", "en": "en-IN"}
PATIENCE_SECONDS = 8

# What is said, each in its language.
Words = Sequence[tuple[str, str]]


def moment_aloud(moment: datetime, language: str | None = None) -> str:
    """Return "Tuesday 14 July 2020, 3:20 pm" or "मंगलवार, 14 जुलाई 2020, दोपहर 3 बजकर 20 मिनट"."""
    language = chosen_language(language)
    day = date_long(moment, language)
    if language == "en":
        return f"{day}, {time_short(moment, language)}"
    clock = in_india(moment)
    hour = f"{part_of_day(clock.hour)} {clock.hour % 12 or 12}"
    return f"{day}, {hour} बजकर {clock.minute} मिनट" if clock.minute else f"{day}, {hour} बजे"


def asking(words: Words, *, turn: int, keys: int) -> str:
    """Return TwiML that says ``words`` and waits for ``keys`` keys, which come as ``turn``."""
    response = VoiceResponse()
    gather = Gather(
        input="dtmf",
        num_digits=keys,
        timeout=PATIENCE_SECONDS,
        finish_on_key="#",
        # Silence is an answer too: it comes without keys.
        action_on_empty_result=True,
        action=f"{settings.PUBLIC_URL}{reverse('appointments:voice')}?turn={turn}",
        method="POST",
    )
    for language, text in words:
        gather.say(text, language=CODES[language], voice=VOICE)
    response.append(gather)
    return str(response)


def ending(words: Words) -> str:
    """Return TwiML that says ``words`` and hangs up."""
    response = VoiceResponse()
    for language, text in words:
        response.say(text, language=CODES[language], voice=VOICE)
    response.hangup()
    return str(response)
