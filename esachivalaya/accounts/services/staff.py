"""Staff accounts after the invitation: their particulars, their roles, their closing."""

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from esachivalaya.accounts.models import Invitation, Role, User
from esachivalaya.accounts.permissions import may_appoint, may_manage
from esachivalaya.accounts.services.invitations import NOT_YOURS, make_link
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.accounts.services.sessions import end_sessions
from esachivalaya.accounts.services.turns import wait_for_turn
from esachivalaya.audit.services import record
from esachivalaya.common import clock
from esachivalaya.common.clock import ClockTimestamp

PARTICULARS = ("name_en", "name_hi", "phone", "email", "language")


@transaction.atomic
def change_particulars(*, user: User, by: User, **values: str) -> User:
    """Change name, phone, e-mail or language of a staff user; the record keeps what was before."""
    unknown = set(values) - set(PARTICULARS)
    if unknown:
        raise ValueError(f"not particulars: {sorted(unknown)}")
    locked = _managed(user, by)
    changed = {
        name: [getattr(locked, name), value]
        for name, value in values.items()
        if getattr(locked, name) != value
    }
    for name, (_before, value) in changed.items():
        setattr(locked, name, value)
    if changed:
        locked.save(update_fields=list(changed))
        record(locked, "particulars_changed", at=clock.now(), by=by, data=changed)
    return locked


@transaction.atomic
def close_account(*, user: User, by: User) -> None:
    """Close a staff account: sessions and links end at once. What the person did stays."""
    locked = _managed(user, by)
    if locked.pk == by.pk:
        raise Refused("own account", _("You cannot close your own account."))
    locked.is_active = False
    locked.save(update_fields=["is_active"])
    locked.invitations.filter(used_at__isnull=True, expires_at__gt=ClockTimestamp()).update(
        expires_at=ClockTimestamp()
    )
    end_sessions(user=locked, by=by)
    record(locked, "account_closed", at=clock.now(), by=by)


@transaction.atomic
def reopen_account(*, user: User, by: User) -> None:
    """Open a closed staff account again; charges and roles are as they are by then."""
    locked = _managed(user, by)
    locked.is_active = True
    locked.save(update_fields=["is_active"])
    record(locked, "account_reopened", at=clock.now(), by=by)


@transaction.atomic
def sign_out_everywhere(*, user: User, by: User) -> int:
    """End every session of a staff user; they sign in again with password and code."""
    return end_sessions(user=_managed(user, by), by=by)


@transaction.atomic
def set_password(*, user: User, password: str, keep: str | None) -> None:
    """Set a person's own new password (already judged); all sessions but ``keep`` end."""
    locked = User.objects.select_for_update().get(pk=user.pk, kind=User.Kind.STAFF)
    locked.set_password(password)
    locked.save(update_fields=["password"])
    user.password = locked.password
    end_sessions(user=locked, by=locked, keep=keep)
    record(locked, "password_changed", at=clock.now(), by=locked)


@transaction.atomic
def note_sign_in(*, user: User) -> None:
    """Write into the record that a staff user signed in with both factors."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    now = clock.now()
    record(locked, "signed_in", at=now, by=locked)


def role_problem(*, user: User, name: str, by: User) -> str | Promise:
    """Return why ``by`` may not give this role to ``user``, or ""."""
    if by.is_superuser:
        return ""
    if not may_manage(by, user):
        return NOT_YOURS
    if user.pk == by.pk or name == Role.Name.APPOINTING:
        return _("Only a superuser may give this role.")
    return ""


def may_take(*, role: Role, by: User) -> bool:
    """Whether ``by`` may take ``role`` away; that of appointing is the superuser's business."""
    return may_manage(by, role.user) and (by.is_superuser or role.name != Role.Name.APPOINTING)


@transaction.atomic
def give_role(*, user: User, name: str, by: User) -> Role:
    """Give a role that belongs to no post.

    Nobody gives a role to themselves, and only a superuser gives the role of appointing: otherwise
    it would spread by itself.
    """
    locked = _managed(user, by)
    problem = role_problem(user=locked, name=name, by=by)
    if problem:
        raise Refused("superuser only", problem)
    try:
        with transaction.atomic():
            role = Role.objects.create(user=locked, name=name, given_by=by)
    except IntegrityError:
        raise Refused("role once", _("This person has the role already.")) from None
    record(locked, "role_given", at=clock.now(), by=by, data={"role": name})
    return role


@transaction.atomic
def take_role(*, role: Role, by: User) -> None:
    """Take a role away; what it allowed ends with the next request."""
    locked = _managed(role.user, by)
    if not may_take(role=role, by=by):
        raise Refused("superuser only", _("Only a superuser may take this role away."))
    removed, _by_model = Role.objects.filter(pk=role.pk).delete()
    if removed:
        record(locked, "role_taken", at=clock.now(), by=by, data={"role": role.name})


@transaction.atomic
def appoint_first(
    *, username: str, name_en: str, name_hi: str, email: str, phone: str, another: bool = False
) -> str:
    """Make a superuser and return the link to their way in; for the command line alone.

    Refused when there is one already, unless ``another`` is wished for. Two that run at the same
    moment make one.
    """
    wait_for_turn("appoint-first")
    if not another and User.objects.filter(is_superuser=True, is_active=True).exists():
        raise Refused("superuser exists", _("There is a superuser already."))
    if User.objects.filter(username__iexact=username).exists():
        raise Refused("name taken", _("This user name is taken. Choose another one."))
    user = User.objects.create_staff(
        username=username,
        name_en=name_en,
        name_hi=name_hi,
        email=email,
        phone=phone,
        is_superuser=True,
    )
    record(user, "appointed_by_command", at=clock.now(), new=True)
    _made, link = make_link(user=user, purpose=Invitation.Purpose.INVITE, by=None)
    return link


def _managed(user: User, by: User) -> User:
    if not may_appoint(by):
        raise Refused("may not appoint", NOT_YOURS)
    locked = User.objects.select_for_update().get(pk=user.pk, kind=User.Kind.STAFF)
    if not may_manage(by, locked):
        raise Refused("superuser only", _("Only a superuser may change a superuser."))
    return locked
