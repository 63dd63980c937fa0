"""Where a request stands, in words for the citizen: what it is, what happens next, by when."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from appointments.models import Offer, Request
from esachivalaya.common.formats import chosen_language, datetime_long
from officials.models import Post

Status = Request.Status


@dataclass(frozen=True)
class Standing:
    """``kind`` is a word of the notice component: info, waiting, done, refused."""

    kind: str
    heading: str
    next: str


def office(post: Post) -> str:
    """Return the post's title in the reader's language."""
    return post.title_hi if chosen_language() == "hi" else post.title_en


def promise_of(post: Post, *, hand_down_agreed: bool | None = None, slot: bool = True) -> str:
    """Say what happens when the office does not answer in time, by its policy.

    ``hand_down_agreed`` None: not asked yet, so both ways are told.
    """
    policy = post.at_due_time
    if policy == Post.AtDueTime.HAND_DOWN and post.hand_down_to and hand_down_agreed is not False:
        below = {"post": office(post.hand_down_to)}
        if hand_down_agreed:
            return _("If it does not, you meet the %(post)s instead.") % below
        return (
            _(
                "If it does not, you meet the %(post)s instead, if you agree to that when asking. "
                "Otherwise you are told the next free times and may ask again first."
            )
            % below
        )
    if policy == Post.AtDueTime.ALLOT:
        if slot:
            return _("If it does not, the portal itself confirms your time.")
        return _("If it does not, the portal itself fixes the next free time that suits you.")
    return _("If it does not, you are told the next free times and may ask again first.")


def standing_of(request: Request, *, offer: Offer | None, moment: datetime) -> Standing:
    """Return where ``request`` stands at ``moment``; ``offer`` is the one that waits, if any."""
    if request.status == Status.REQUESTED:
        return _waiting(request, offer, moment)
    return _WORDS[request.status](request)


def _waiting(request: Request, offer: Offer | None, moment: datetime) -> Standing:
    if offer is not None and moment < offer.expires_at:
        until = {"when": datetime_long(offer.expires_at)}
        words = (
            _("Accept or refuse it by %(when)s, else the time you asked for is confirmed.")
            if request.starts_at
            else _("Accept or refuse it by %(when)s, else the portal fixes a time.")
        )
        heading = _("The office offers another time: %(when)s")
        return Standing(
            "waiting", heading % {"when": datetime_long(offer.starts_at)}, words % until
        )
    if moment >= request.due_at:
        return Standing(
            "waiting",
            _("The office has not answered in time"),
            _("The 24-hour rule acts now. You get a message within a few minutes."),
        )
    words = _("The office will answer by %(when)s.") % {"when": datetime_long(request.due_at)}
    promise = promise_of(
        request.post,
        hand_down_agreed=request.hand_down_agreed,
        slot=request.starts_at is not None,
    )
    return Standing("waiting", _("Waiting for the office's answer"), f"{words} {promise}")


def _when(request: Request) -> str:
    return datetime_long(request.starts_at) if request.starts_at else ""


def _confirmed(request: Request) -> Standing:
    words = _("The meeting is virtual: open this page then, on your phone or at a Kendra.")
    # What is given for a missed meeting says so by itself: nobody was late with an answer.
    if request.confirmed_by == Request.ConfirmedBy.RULE and request.follows_id is None:
        by_rule = _("The office did not answer in time: the portal fixed this in the State's name.")
        words = f"{by_rule} {words}"
    return Standing("done", _("Confirmed: %(when)s") % {"when": _when(request)}, words)


def _met(request: Request) -> Standing:
    words = _("The office recorded this. If it is not so, please call the help line.")
    if request.starts_at and request.post.pause_days:
        again = request.starts_at + timedelta(days=request.post.pause_days)
        told = _("You can ask this office for a new meeting from %(when)s.")
        words = f"{words} {told % {'when': datetime_long(again)}}"
    return Standing("done", _("The meeting was held"), words)


def _declined(request: Request) -> Standing:
    return Standing(
        "refused",
        _("The office declined: %(reason)s") % {"reason": request.get_decline_reason_display()},
        request.words,
    )


def _released(_request: Request) -> Standing:
    return Standing(
        "waiting",
        _("The office did not answer in time"),
        _("Your time is free again. You can ask once more, and then you come first."),
    )


def _fixed(
    kind: str, heading: Callable[[], str], then: Callable[[], str]
) -> Callable[[Request], Standing]:
    return lambda _request: Standing(kind, heading(), then())


_WORDS: dict[str, Callable[[Request], Standing]] = {
    Status.CONFIRMED: _confirmed,
    Status.DECLINED: _declined,
    Status.RELEASED: _released,
    Status.WITHDRAWN: _fixed(
        "info",
        lambda: _("You withdrew this request"),
        lambda: _("Its time is free again. You can ask for a new one at any time."),
    ),
    Status.MET: _met,
    Status.MISSED_BY_CITIZEN: _fixed(
        "info",
        lambda: _("You did not come to the meeting"),
        lambda: _("The office recorded this. You can ask for a new meeting."),
    ),
    Status.MISSED_BY_OFFICE: _fixed(
        "refused",
        lambda: _("The office did not come to the meeting"),
        lambda: _("This is counted on the promise board. You need not ask again."),
    ),
    Status.CANCELLED_BY_CITIZEN: _fixed(
        "info",
        lambda: _("You cancelled this meeting"),
        lambda: _("Its time is free again. You can ask for a new one at any time."),
    ),
    Status.CANCELLED_BY_OFFICE: lambda request: Standing(
        "refused",
        _("The office cancelled this meeting"),
        request.words or _("You can ask for a new meeting."),
    ),
}
