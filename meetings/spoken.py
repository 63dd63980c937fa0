"""What the two sides of a call hear, as the provider reads it out (TwiML)."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from appointments.services.letters import reference_words
from appointments.telephone.spoken import CODES, PATIENCE_SECONDS, VOICE
from esachivalaya.common.clock import now
from meetings.models import Call

JOIN_KEY = "1"
# Two people, and those who join the citizen.
MOST_IN_CONFERENCE = 6


def said(call: Call, side: str, keys: str | None) -> str:
    """Return what ``side`` of ``call`` hears; ``keys`` None is how the call begins.

    Nothing of the request is said before the person has pressed the key, and of a private one
    nothing at all. A room that is closed connects nobody. The conference is never recorded.
    """
    language = _language(call, side)
    response = VoiceResponse()
    with translation.override(language):
        if not call.room.is_open(now()):
            _say(response, language, _("This meeting is over. Goodbye."))
            response.hangup()
        elif side == Call.Side.GUEST and keys is None:
            _ask(response, call, language)
        elif side == Call.Side.GUEST and keys != JOIN_KEY:
            _say(response, language, _("No key was pressed. Goodbye."))
            response.hangup()
        else:
            _say(response, language, _connecting(call, side))
            _connect(response, call, side)
    return str(response)


def _ask(response: VoiceResponse, call: Call, language: str) -> None:
    gather = Gather(
        input="dtmf",
        num_digits=1,
        timeout=PATIENCE_SECONDS,
        # Silence is an answer too: it comes without keys.
        action_on_empty_result=True,
        action=settings.PUBLIC_URL
        + reverse("meetings:call-words", args=[call.pk, Call.Side.GUEST.value])
        + "?asked=1",
        method="POST",
    )
    state = settings.STATE_NAME_HI if language == "hi" else settings.STATE_NAME_EN
    words = _(
        "This is e-Sachivalaya, %(state)s. Your meeting goes on by telephone. "
        "To be connected, press %(key)s."
    ) % {"state": state, "key": JOIN_KEY}
    # Twice, for whoever was still bringing the phone to the ear.
    for _time in range(2):
        gather.say(words, language=CODES[language], voice=VOICE)
    response.append(gather)


def _connecting(call: Call, side: str) -> str:
    if side == Call.Side.GUEST:
        return _("You are being connected. Please stay on the line.")
    return _("The citizen is being called, reference %(reference)s. Please stay on the line.") % {
        "reference": " ".join(reference_words(call.room.request))
    }


def _connect(response: VoiceResponse, call: Call, side: str) -> None:
    dial = Dial()
    dial.conference(
        call.room.name,
        beep=False,
        record="do-not-record",
        max_participants=MOST_IN_CONFERENCE,
        start_conference_on_enter=True,
        # When the office hangs up, nobody is left talking to music.
        end_conference_on_exit=side == Call.Side.OFFICE,
    )
    response.append(dial)


def _say(response: VoiceResponse, language: str, words: str) -> None:
    response.say(words, language=CODES[language], voice=VOICE)


def _language(call: Call, side: str) -> str:
    request = call.room.request
    user = call.by if side == Call.Side.OFFICE else request.citizen.household.user
    return str(user.language if user else request.language)
