"""What the pages of a request's steps have in common."""

from typing import Any

from django.urls import reverse

from appointments.drafts import STEPS, next_step
from appointments.models import Draft
from appointments.views.about_service import with_service
from officials.models import Post, Service


def url_of(code: str, step: str) -> str:
    """Return the address of one step."""
    if step == "time":
        return reverse("appointments:new", args=[code])
    return reverse("appointments:new-step", args=[code, step])


def leads_to(draft: Draft, service: Service | None) -> str:
    """Return the address of the step to go on with.

    Where somebody came with a service from the catalogue, that is what the meeting is about.
    """
    if service is not None:
        return with_service(url_of(draft.post.code, "about"), service)
    return url_of(draft.post.code, next_step(draft))


def frame(post: Post, step: str) -> dict[str, Any]:
    """Return what every step shows: the office, where one is, and the way back."""
    number = STEPS.index(step)
    back = (
        url_of(post.code, STEPS[number - 1])
        if number
        else reverse("officials:post", args=[post.code])
    )
    return {"post": post, "step": number + 1, "steps": len(STEPS), "back": back}
