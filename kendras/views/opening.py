"""The way to a booking's page that asks for the PIN first."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from kendras.access import Counter
from kendras.opened import PinFirst


def pin_first(counter: Counter, first: PinFirst) -> HttpResponse:
    """Lead to reference and PIN, with the reference filled in."""
    address = reverse("kendras:help", args=[counter.kendra.code])
    return redirect(f"{address}?{urlencode({'reference': first.reference})}")
