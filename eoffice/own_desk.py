"""Where clerks and officers work who hold desks of e-Office alone: there, not in the admin."""

from typing import Any

from django.db.models import Count, Q
from django.urls import reverse

from esachivalaya.accounts.permissions import roles_of
from officials.models import Charge


def own_desk(user: Any) -> str:
    """Return e-Office for who has live charges only of desks that nobody books meetings with.

    "" for everybody else: an officer with a diary of meetings starts in the admin. For the hook of
    that name.
    """
    if user.is_superuser or roles_of(user):
        return ""
    charges = Charge.objects.of(user).live()
    has_desk = Q(post__desk__isnull=False, post__desk__closed_at__isnull=True)
    only_desk = has_desk & Q(post__active=False)
    found = charges.aggregate(all=Count("pk"), desks=Count("pk", filter=only_desk))
    return reverse("eoffice:home") if 0 < found["desks"] == found["all"] else ""
