"""The addresses that the script of a meeting page asks, and what the telephone can do."""

from django.conf import settings
from django.urls import reverse

from meetings import sitting

ASKED = "enter poll signal leave admit refuse remove end chat share call".split()


def addresses_of(reference: str, *, side: str) -> dict[str, str]:
    """Return the addresses by name; who joins the citizen enters by their own."""
    at = {name: reverse(f"meetings:{name}", args=[reference]) for name in ASKED}
    if side == sitting.COMPANION:
        at["enter"] += f"?as={side}"
    # The script adds position and page.
    at["shared"] = reverse("meetings:shared", args=[reference, 0, 0]).removesuffix("0/0.webp")
    at["phone"] = settings.HELP_LINE
    at["calls"] = "on" if settings.MEETING_CALLS else ""
    return at
