"""Where operators and supervisors work: at the Kendras' pages, not in the admin."""

from typing import Any

from django.urls import reverse

from esachivalaya.accounts.permissions import roles_of
from kendras.models import KendraCharge
from officials.models import Charge


def own_desk(user: Any) -> str:
    """Return the Kendras' first page for who has charges at Kendras alone, "" for others.

    Also for who had some: their page says that they are over. For the hook of that name.
    """
    charges = KendraCharge.objects.of(user)
    if not charges.exists() or user.is_superuser or roles_of(user):
        return ""
    return "" if Charge.objects.of(user).live().exists() else reverse("kendras:home")
