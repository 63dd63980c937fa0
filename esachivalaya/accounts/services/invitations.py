"""How staff get in, and get in again: a link that works once, for 72 hours."""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from esachivalaya.accounts.models import Invitation, User
from esachivalaya.accounts.permissions import may_appoint, may_manage
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.accounts.services.second_factor import replace_devices, replace_recovery_codes
from esachivalaya.accounts.services.sessions import end_sessions
from esachivalaya.audit.services import record
from esachivalaya.common import clock
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.formats import datetime_short
from esachivalaya.notifications.services import Letter, Recipient, post

GOOD_FOR = timedelta(hours=72)
NOT_YOURS = _("Only somebody who appoints staff may do this.")


@transaction.atomic
def invite(
    *,
    by: User,
    username: str,
    name_en: str,
    name_hi: str,
    phone: str,
    email: str,
    language: str = "hi",
) -> User:
    """Make a staff account without password and send its link; nothing else is granted by that."""
    if not may_appoint(by):
        raise Refused("may not appoint", NOT_YOURS)
    if User.objects.filter(username__iexact=username).exists():
        raise Refused("name taken", _("This user name is taken. Choose another one."))
    user = User.objects.create_staff(
        username=username,
        name_en=name_en,
        name_hi=name_hi,
        phone=phone,
        email=email,
        language=language,
    )
    record(user, "invited", at=clock.now(), by=by, new=True)
    _send(user=user, purpose=Invitation.Purpose.INVITE, by=by)
    return user


@transaction.atomic
def invite_again(*, user: User, by: User) -> None:
    """Send a new link to somebody who has not used theirs; earlier links stop working."""
    locked = _managed(user, by)
    if locked.has_usable_password():
        raise Refused("signed in before", _("This person has a password: send a reset instead."))
    record(locked, "invited_again", at=clock.now(), by=by)
    _send(user=locked, purpose=Invitation.Purpose.INVITE, by=by)


@transaction.atomic
def reset(*, user: User, by: User) -> None:
    """Close the way in that the person had and send a link for a new one.

    From this moment the old password and all sessions are void; the second factor is replaced
    when the link is used. For a lost phone as for a suspicion.
    """
    locked = _managed(user, by)
    locked.set_unusable_password()
    locked.save(update_fields=["password"])
    end_sessions(user=locked, by=by)
    record(locked, "reset", at=clock.now(), by=by)
    _send(user=locked, purpose=Invitation.Purpose.RESET, by=by)


@transaction.atomic
def withdraw(*, invitation: Invitation, by: User) -> None:
    """Make a link that was not used stop working."""
    locked = _managed(invitation.user, by)
    _unused(locked).filter(pk=invitation.pk).update(expires_at=ClockTimestamp())
    record(locked, "invitation_withdrawn", at=clock.now(), by=by)


def make_link(*, user: User, purpose: str, by: User | None) -> tuple[Invitation, str]:
    """Store a new invitation and return it with its link; only a digest of the link is kept."""
    _unused(user).update(expires_at=ClockTimestamp())
    token = secrets.token_urlsafe(32)
    made = Invitation.objects.create(
        user=user,
        purpose=purpose,
        token_digest=digest_of_token(token),
        made_by=by,
        expires_at=clock.now() + GOOD_FOR,
    )
    address = reverse("accounts:invitation", args=[token])
    return made, settings.PUBLIC_URL.rstrip("/") + address


def open_invitation(token: str) -> Invitation | None:
    """Return the invitation behind a link, or None: used, expired, replaced or never made."""
    return (
        Invitation.objects.select_related("user")
        .filter(
            token_digest=digest_of_token(token),
            used_at__isnull=True,
            expires_at__gt=ClockTimestamp(),
            user__is_active=True,
            user__kind=User.Kind.STAFF,
        )
        .first()
    )


@transaction.atomic
def accept(*, invitation: Invitation, password_hash: str, key: str, step: int) -> list[str]:
    """Set password and second factor and return the recovery codes, to be shown once.

    The link is used up by a conditional UPDATE: of two that use it at the same moment one gets
    in, the other is refused. All sessions there were end. ``key`` and ``step`` come from a code
    that the person's app has shown.
    """
    user = User.objects.select_for_update().get(pk=invitation.user_id)
    if _unused(user).filter(pk=invitation.pk).update(used_at=ClockTimestamp()) != 1:
        raise Refused("link used", _("This link was used already or has run out."))
    user.password = password_hash
    user.save(update_fields=["password"])
    replace_devices(user=user, key=key, step=step)
    codes = replace_recovery_codes(user=user)
    end_sessions(user=user, by=user)
    record(user, "way_in_set", at=clock.now(), by=user, data={"purpose": invitation.purpose})
    return codes


def digest_of_token(token: str) -> str:
    """Return what is stored of a link's token; 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def _managed(user: User, by: User) -> User:
    locked = User.objects.select_for_update().get(pk=user.pk, kind=User.Kind.STAFF)
    if not may_manage(by, locked):
        raise Refused("may not appoint", NOT_YOURS)
    return locked


def _unused(user: User) -> QuerySet[Invitation]:
    return Invitation.objects.filter(
        user=user, used_at__isnull=True, expires_at__gt=ClockTimestamp()
    )


def _send(*, user: User, purpose: Invitation.Purpose, by: User) -> None:
    made, link = make_link(user=user, purpose=purpose, by=by)
    template = "staff_reset" if purpose == Invitation.Purpose.RESET else "staff_invitation"
    until = {language: datetime_short(made.expires_at, language) for language in ("hi", "en")}
    post(
        [
            Letter(
                event=f"invitation:{made.pk}",
                template=template,
                to=Recipient(phone=user.phone, email=user.email, language=user.language),
                values={
                    "name": {"hi": user.name_hi or str(user), "en": str(user)},
                    "link": link,
                    "until": until,
                },
                expires_at=made.expires_at,
            )
        ]
    )
