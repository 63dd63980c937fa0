"""The first page of e-Office: the own desks; who sits at one goes straight to its inbox."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from eoffice.door import for_staff
from eoffice.permissions import seats_of
from eoffice.services import boxes, charges_passing
from esachivalaya.accounts.models import User

NOTHING = {"inbox": 0, "unread": 0}


@for_staff
@require_safe
def home(request: HttpRequest, user: User) -> HttpResponse:
    """The desks at which ``user`` sits, with what lies there; one desk opens by itself.

    Not while a charge report waits for their signature, be it of a desk that they left.
    """
    seats = seats_of(user)
    to_sign = charges_passing.waiting_for(user)
    if len(seats) == 1 and not to_sign:
        return redirect("eoffice:inbox", seats[0].desk.post.code)
    counted = boxes.counts_of_all(seats)
    desks = [(seat, counted.get(seat.desk.pk, NOTHING)) for seat in seats]
    return render(request, "eoffice/boxes/home.html", {"desks": desks, "to_sign": to_sign})
