"""Setting e-Office up: desks, heads of file numbers, and from when a department works in it.

Source: domain rules of e-Office, "Post, charge, section" and invariant 6.
"""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from eoffice.models import Desk, File, Head, Holding, Onboarding
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common import clock
from esachivalaya.common.constraints import Refusal, friendly_constraints
from officials.permissions import sets_up
from officials.services.records import difference, values_of

SetUpRow = Desk | Head | Onboarding


@transaction.atomic
def save_set_up(*, row: SetUpRow, by: User) -> SetUpRow:
    """Save a desk, head or onboarding; the values before and after stand in its record.

    Only who sets the portal up does this. A desk is not closed while something lies there, so that
    nothing is lost with it; a head stands under one of its own department, one level higher; its
    code stays as it is once a file was numbered with it.
    """
    if not sets_up(by):
        raise PermissionDenied("Only who sets the portal up does this.")
    model = type(row)
    stored = model._default_manager.select_for_update(no_key=True).filter(pk=row.pk).first()
    if isinstance(row, Desk):
        _check_desk(row)
    elif isinstance(row, Head):
        _check_head(row, stored if isinstance(stored, Head) else None)
    with friendly_constraints():
        row.save(force_insert=stored is None)
    changes = difference(values_of(stored) if stored else {}, values_of(row))
    if stored is not None and not changes:
        return row
    # A Kendra's seats are desks as well, with acts of their own.
    act = f"{model._meta.model_name}_eoffice_{'changed' if stored else 'added'}"
    record(row, act, at=clock.now(), by=by, data={"changes": changes}, new=stored is None)
    return row


def _check_desk(desk: Desk) -> None:
    if desk.section.department_id != desk.post.department_id:
        raise Refusal(_("This section is of another department than the post."), field="section")
    if desk.closed_at is None:
        return
    lying = Holding.objects.at(desk.pk).count()
    if lying:
        words = ngettext(
            "%(count)d receipt or file lies at this desk. Have it marked on first.",
            "%(count)d receipts and files lie at this desk. Have them marked on first.",
            lying,
        )
        raise Refusal(words % {"count": lying}, field="closed_at")
    if desk.goes_to is not None and desk.goes_to.closed_at is not None:
        raise Refusal(_("This desk is closed. Choose another."), field="goes_to")


def _check_head(head: Head, stored: Head | None) -> None:
    above = head.above
    if above is not None:
        if above.department_id != head.department_id:
            raise Refusal(_("The head above is of another department."), field="above")
        if above.level != head.level - 1:
            raise Refusal(_("The head above stands exactly one level higher."), field="above")
    if stored is None:
        return
    fixed = ("department_id", "level", "above_id", "code")
    changed = any(getattr(stored, name) != getattr(head, name) for name in fixed)
    if changed and (head.below.exists() or File.objects.filter(head=head).exists()):
        raise Refusal(
            _("Files are numbered with this head: put it out of use and add another."),
            field="code",
        )
