"""What the pages of a request's steps have in common."""

from typing import Any

from django.urls import reverse

from appointments.drafts import STEPS
from officials.models import Post


def url_of(code: str, step: str) -> str:
    """Return the address of one step."""
    if step == "time":
        return reverse("appointments:new", args=[code])
    return reverse("appointments:new-step", args=[code, step])


def frame(post: Post, step: str) -> dict[str, Any]:
    """Return what every step shows: the office, where one is, and the way back."""
    number = STEPS.index(step)
    back = (
        url_of(post.code, STEPS[number - 1])
        if number
        else reverse("officials:post", args=[post.code])
    )
    return {"post": post, "step": number + 1, "steps": len(STEPS), "back": back}
