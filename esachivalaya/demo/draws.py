"""The demo's draws: one whose window is open, and one that was drawn; and a notice of the State."""

import secrets
from datetime import date, timedelta

from appointments.forms.fields import ANY_TIME
from appointments.models import Category, Draft, Draw, DrawWish
from appointments.models.fairness import CODES_STAND
from appointments.services import draw_wishes, drawing, draws, pins
from appointments.services.drafted import wish_of
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import Citizen, User
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.idempotency import new_key
from esachivalaya.demo.history import PIN
from esachivalaya.demo.matters import MATTERS
from esachivalaya.demo.offices import Made
from esachivalaya.pages.models import Notice
from esachivalaya.pages.noticing import save_notice
from officials.diary import slots_of_posts
from officials.models import Post

OPEN_FOR, DRAWN_AFTER = timedelta(days=3), timedelta(hours=36)
# Days from today on which the days of the open draw, and of the one that was drawn, begin.
LATER, SOONER = 9, 5
# More wishes than one day has meetings.
WISHES = 11
NOTICE_DAYS = timedelta(days=14)


def make_draws(
    posts: list[Post],
    citizens: list[Citizen],
    categories: dict[str, Category],
    made: Made,
    *,
    by: dict[int, User],
) -> None:
    """Announce a draw at each of the first two offices, and hold the second one.

    ``by`` says who announces for an office. The window of the second one is shifted into the past,
    so that the sweep's own work can be seen at once.
    """
    first, second = posts[:2]
    later, sooner = _free_day(first, LATER), _free_day(second, SOONER)
    if later is not None:
        draw = _announce(first, later, OPEN_FOR, by[first.pk])
        _wish(draw, citizens[1:], categories, WISHES // 2)
        made.add("draws", 1)
    if sooner is not None:
        draw = _announce(second, sooner, DRAWN_AFTER, by[second.pk])
        _wish(draw, citizens, categories, WISHES)
        closed = now() - CODES_STAND - timedelta(minutes=1)
        Draw.objects.filter(pk=draw.pk).update(opens_at=closed - DRAWN_AFTER, closes_at=closed)
        drawing.draw_due()
        made.add("draws", 1)


def make_notice(by: User, made: Made) -> None:
    """Put up a notice of the State, for two weeks."""
    begins = now()
    notice = Notice(
        words_hi="वर्चुअल बैठक के लिए मूल कागज़ भेजने की ज़रूरत नहीं: उनकी साफ़ फ़ोटो काफ़ी है।",
        words_en="A virtual meeting needs no original papers: a clear photograph is enough.",
        starts_at=begins,
        ends_at=begins + NOTICE_DAYS,
    )
    save_notice(notice=notice, by=by)
    made.add("notices", 1)


def _free_day(post: Post, after: int) -> date | None:
    """Return the first day of ``post`` with hours, ``after`` days from today or later."""
    today = day_of(now())
    last = today + timedelta(days=after + 14)
    days = slots_of_posts([post], today + timedelta(days=after), last)[post.pk]
    return next((day for day in sorted(days) if days[day]), None)


def _announce(post: Post, day: date, window: timedelta, by: User) -> Draw:
    begins = now()
    return draws.announce(
        post=post,
        first_day=day,
        last_day=day,
        opens_at=begins,
        closes_at=begins + window,
        by=by,
    )


def _wish(
    draw: Draw, citizens: list[Citizen], categories: dict[str, Category], number: int
) -> None:
    """Let ``number`` citizens take part; whom a rule keeps out is passed over."""
    suiting = [matter for matter in MATTERS if matter.suits(draw.post)]
    for place, citizen in enumerate(citizens):
        if draw.wishes.count() >= number:
            break
        matter = suiting[place % len(suiting)]
        meeting = {
            "language": matter.language,
            "needs_interpreter": False,
            "needs_accessible_seat": False,
            "private": False,
            **{f"{name}{n}": "" for name in ("name", "relation", "phone") for n in (1, 2, 3)},
        }
        about = {
            "category": categories[matter.category].pk,
            "subject": matter.subject,
            "sought": matter.sought,
            "description": matter.description,
        }
        time = {"slot": ANY_TIME, "unsuitable_weekdays": [], "unsuitable_parts": []}
        draft = Draft.objects.create(
            owner_digest=secrets.token_hex(32),
            post=draw.post,
            data={
                "time": {**time, "draw": draw.pk},
                "about": about,
                "meeting": meeting,
                "papers": {},
                "person": {"citizen": citizen.pk},
            },
        )
        try:
            draw_wishes.take_part(
                draw=draw,
                wish=wish_of(draft),
                by=citizen.household.user,
                channel="own_phone",
                principal=f"demo:{citizen.pk}",
                key=new_key(),
            )
        except Refused:
            draft.delete()
    # The request of a wish that is drawn keeps the PIN of its acknowledgement.
    DrawWish.objects.filter(draw=draw).update(pin_hash=pins.hash_of(PIN))
