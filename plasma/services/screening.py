"""The questions before a visit, by the policy of a bank: a pre-screening, and no more.

Only a bank's medical officer says who may donate. The answers are judged and forgotten: what is
kept of them is that they fitted, and which policy they were held against.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from appointments.services.refusals import Refused
from esachivalaya.common.clock import day_of
from plasma.models import Bank, Donation, Donor, Policy


@dataclass(frozen=True)
class Question:
    """One question of yes or no, or for a number; ``name`` is its field in the form."""

    name: str
    words: str | Promise
    kind: str = "yes_no"


@dataclass(frozen=True)
class Judged:
    """Whether the answers fit; if not, why, and from which day they may (None: not by waiting)."""

    fits: bool
    words: str = ""
    not_before: date | None = None


def policy_for(bank: Bank | None, day: date) -> Policy:
    """Return the policy that holds at ``bank`` on ``day``: its own, else the State's.

    Raises Policy.DoesNotExist when none is set up: then nobody is asked.
    """
    holds = Policy.objects.filter(first_day__lte=day).filter(
        Q(last_day__isnull=True) | Q(last_day__gte=day)
    )
    own = holds.filter(bank=bank).first() if bank is not None else None
    return own or holds.get(bank=None)


def held_policy(bank: Bank, day: date) -> Policy:
    """As :func:`policy_for`; without one :class:`Refused`, in words for whoever waits for it."""
    try:
        return policy_for(bank, day)
    except Policy.DoesNotExist as problem:
        words = _("The rules of this bank are not set up yet. Please come back later.")
        raise Refused("policy", words) from problem


def questions(policy: Policy) -> list[Question]:
    """Return what is asked under ``policy``, in the order of the page."""
    asked = [
        Question("recovered_on", _("On which day were you told that you had recovered?"), "day"),
        Question("weight_kg", _("How many kilograms do you weigh?"), "number"),
    ]
    yes_no = {
        "never_pregnant": ("pregnant", _("Have you ever been pregnant?")),
        "no_insulin": ("insulin", _("Do you take insulin?")),
        "blood_pressure_in_range": (
            "blood_pressure",
            _("Are you treated for a blood pressure that is not under control?"),
        ),
        "no_long_illness": (
            "long_illness",
            _(
                "Have you had cancer, or a long illness of the kidneys, the heart, the lungs or "
                "the liver?"
            ),
        ),
    }
    for rule, (name, words) in yes_no.items():
        if getattr(policy, rule):
            asked.append(Question(name, words))
    return asked


def judge(policy: Policy, donor: Donor, answers: Mapping[str, Any], today: date) -> Judged:
    """Hold ``answers`` against ``policy`` on ``today``; the first thing that does not fit counts.

    What passes with time is said with the day; for what does not, the person is thanked.
    """
    recovered: date = answers["recovered_on"]
    if recovered > today:
        return Judged(False, _("This day is still to come. Please check it."))
    fit_from = recovered + timedelta(days=policy.days_since_recovery)
    if today < fit_from:
        words = _("%(days)s days must pass after recovery before plasma can be given.")
        return Judged(False, words % {"days": policy.days_since_recovery}, fit_from)
    if not _age_fits(policy, donor, today):
        words = _("Plasma is taken from people of %(least)s to %(greatest)s years.")
        ages = {"least": policy.least_age, "greatest": policy.greatest_age}
        return Judged(False, words % ages)
    if int(answers["weight_kg"]) < policy.least_weight_kg:
        words = _("For the donor's own safety a weight of %(kg)s kg or more is needed.")
        return Judged(False, words % {"kg": policy.least_weight_kg})
    for name in ("pregnant", "insulin", "blood_pressure", "long_illness"):
        if answers.get(name):
            return Judged(
                False,
                _("By the rules of the banks plasma is not taken then, for your own safety."),
            )
    last = _last_donation(donor)
    if last is not None and today < last + timedelta(days=policy.days_between):
        words = _("%(days)s days must pass between two donations.")
        again = last + timedelta(days=policy.days_between)
        return Judged(False, words % {"days": policy.days_between}, again)
    return Judged(True)


def _age_fits(policy: Policy, donor: Donor, today: date) -> bool:
    """Only the year of birth is known: whoever may be of the age is let on to the bank."""
    if donor.year_of_birth is None:
        return False
    oldest = today.year - donor.year_of_birth
    return policy.least_age <= oldest and oldest - 1 <= policy.greatest_age


def _last_donation(donor: Donor) -> date | None:
    found = (
        Donation.objects.filter(pledge__donor=donor, outcome=Donation.Outcome.DONATED)
        .order_by("-at")
        .values_list("at", flat=True)
        .first()
    )
    return day_of(found) if found else None
