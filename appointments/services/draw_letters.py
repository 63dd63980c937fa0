"""What those who take part in a draw are told."""

from collections.abc import Iterable

from django.conf import settings
from django.urls import reverse

from appointments.models import DrawWish
from appointments.services.letters import Value, moment_words, post_words
from esachivalaya.notifications import services as outbox
from esachivalaya.notifications.services import Letter, Recipient

KIND = "appointments.drawwish"


def received(wish: DrawWish) -> Letter:
    """Say that the wish is in the draw, and when that is."""
    return _to_citizen(wish, "draw_wish_received", when=moment_words(wish.draw.draws_at))


def lost(wish: DrawWish) -> Letter:
    """Say that the wish was not drawn, and where to ask again."""
    link = settings.PUBLIC_URL + reverse("officials:post", args=[wish.draw.post.code])
    return _to_citizen(wish, "draw_lost", link=link)


def cancelled(wish: DrawWish) -> Letter:
    """Say that there is no draw; the page behind the link has the office's own words."""
    return _to_citizen(wish, "draw_cancelled")


def send(letters: Iterable[Letter]) -> None:
    """Write ``letters`` into the outbox, in the transaction of the act they tell of."""
    outbox.post(list(letters))


def _to_citizen(wish: DrawWish, template: str, **values: Value) -> Letter:
    citizen = wish.citizen
    user = citizen.household.user
    language = user.language if user else "hi"
    return Letter(
        event=f"{template}:{wish.pk}",
        template=template,
        to=Recipient(
            # As for a request: a number given up, or of a household that was left, is a stranger's.
            phone="" if citizen.left_at else citizen.household.phone or "",
            # An address that nobody proved may be a stranger's.
            email=citizen.email if citizen.email_proved_at else "",
            language=language,
        ),
        values={
            "name": citizen.given_name,
            "ref": wish.spoken,
            "post": post_words(wish.draw.post),
            "link": settings.PUBLIC_URL + reverse("appointments:draw-wish", args=[wish.code]),
            **values,
        },
        subject_kind=KIND,
        subject_id=str(wish.pk),
    )
