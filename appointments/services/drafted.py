"""What was typed into a draft, as the wish that a service takes."""

from typing import Any

from appointments.diary import parse_slot
from appointments.models import Draft
from appointments.services.booking import CompanionWish, Wish
from esachivalaya.common.slots import Span

MOST_COMPANIONS = 3


def wish_of(draft: Draft, *, slot: Span | None = None) -> Wish:
    """Return the wish of a draft whose every step was filled in and checked.

    ``slot`` is the time that a draw gave, in place of the one that was typed.
    """
    data: dict[str, Any] = draft.data
    time, about, meeting = data["time"], data["about"], data["meeting"]
    companions = tuple(
        CompanionWish(name, meeting[f"relation{number}"], meeting[f"phone{number}"])
        for number in range(1, MOST_COMPANIONS + 1)
        if (name := meeting[f"name{number}"])
    )
    return Wish(
        post=draft.post,
        citizen_id=data["person"]["citizen"],
        # Any time is no slot.
        slot=slot or parse_slot(time["slot"]),
        category_id=about["category"],
        # A draft from before there were services has none.
        service_id=about.get("service"),
        subject=about["subject"],
        sought=about["sought"],
        description=about["description"],
        other_times_ok=time.get("other_times_ok", False),
        hand_down_agreed=time.get("hand_down_agreed", False),
        unsuitable_weekdays=time.get("unsuitable_weekdays", []),
        unsuitable_parts=time.get("unsuitable_parts", []),
        language=meeting["language"],
        needs_interpreter=meeting["needs_interpreter"],
        needs_accessible_seat=meeting["needs_accessible_seat"],
        private=meeting["private"],
        companions=companions,
        draft=draft,
    )


def draw_of(draft: Draft) -> int | None:
    """Return the draw in which the draft takes part, or None for a request of the usual kind."""
    pk: int | None = draft.data.get("time", {}).get("draw")
    return pk
