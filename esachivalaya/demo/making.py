"""Making the demo: each stage whole or not at all, and only what is not there yet."""

from django.db import transaction

from appointments.models import Draw, Outcome, Request
from esachivalaya.accounts.models import Citizen, User
from esachivalaya.accounts.services.turns import wait_for_turn
from esachivalaya.demo import offices
from esachivalaya.demo.after_meetings import make_outcomes
from esachivalaya.demo.draws import make_draws, make_notice
from esachivalaya.demo.eoffice import make_eoffice
from esachivalaya.demo.households import USERNAME, make_citizens
from esachivalaya.demo.kendras import make_day_at_the_counter, make_kendras
from esachivalaya.demo.letters import make_letters
from esachivalaya.demo.offices import Made
from esachivalaya.demo.plasma import make_plasma
from esachivalaya.demo.requests import make_requests
from esachivalaya.pages.models import Notice
from officials.models import District
from officials.permissions import heads

CITIZENS = 200


def make(*, citizens: int = CITIZENS, posts: int | None = None) -> Made:
    """Make what is missing of the demo and return what was made.

    A second run finds everything there and makes nothing; what was changed since the first one,
    by hand or by the 24-hour rule, stays as it is. Two runs at once take turns.
    """
    made = Made()
    _make_offices(posts, made)
    _make_people(citizens, posts, made)
    _make_what_follows(posts, made)
    return made


@transaction.atomic
def _make_offices(count: int | None, made: Made) -> None:
    wait_for_turn("demo")
    if not offices.is_loaded():
        offices.load_tables(made)
    posts = offices.chosen_posts(count)
    staff = offices.make_staff(posts, made)
    offices.give_charges(posts, staff, made)
    offices.open_doors(posts, staff[offices.SETUP], made)
    make_kendras(staff, made)
    make_plasma(staff, made)
    make_eoffice(staff, made)
    make_letters(staff, made)


@transaction.atomic
def _make_people(count: int, posts: int | None, made: Made) -> None:
    wait_for_turn("demo")
    citizens = _citizens()
    if not citizens:
        districts = list(District.objects.order_by("code").values_list("code", flat=True))
        citizens = make_citizens(count, districts, made)
    if not Request.objects.filter(citizen__in=citizens).exists():
        make_requests(
            citizens=citizens,
            posts=offices.chosen_posts(posts),
            categories=offices.categories(),
            made=made,
        )


@transaction.atomic
def _make_what_follows(count: int | None, made: Made) -> None:
    """Make what meetings led to, the draws and a notice, each where there is none yet."""
    wait_for_turn("demo")
    posts = offices.chosen_posts(count)
    if not Outcome.objects.exists():
        make_outcomes(posts, made)
    if not Draw.objects.exists():
        by = {post.pk: heads(post)[0] for post in posts[:2]}
        make_draws(posts, _citizens(), offices.categories(), made, by=by)
    make_day_at_the_counter(posts, offices.categories(), made)
    if not Notice.objects.exists():
        make_notice(User.objects.get(username=offices.SETUP), made)


def _citizens() -> list[Citizen]:
    return list(
        Citizen.objects.filter(household__user__username__startswith=USERNAME)
        .select_related("household__user")
        .order_by("pk")
    )
