"""Staff accounts, roles and links in the admin, for those who appoint.

Every button and form calls the services, so the admin and a page never have two versions of a
rule. Nothing is deleted and no password is ever shown or typed here.
"""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from esachivalaya.accounts.forms.admin import InviteForm, ParticularsForm, RoleForm
from esachivalaya.accounts.models import Invitation, Role, User
from esachivalaya.accounts.services import invitations, staff
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.common.chosen_row import TickedRows
from esachivalaya.common.columns import moment
from esachivalaya.common.formats import phone_number
from esachivalaya.common.service_admin import PlainFields

# What other packages bring along: secrets of authenticators, and permissions that are stored.
for model in (TOTPDevice, StaticDevice, Group):
    if admin.site.is_registered(model):
        admin.site.unregister(model)

# Of a link: everything but its digest.
SHOWN: Any = (
    "user",
    "purpose",
    "made_by",
    moment("made_at", _("sent at")),
    moment("expires_at", _("valid until")),
    moment("used_at", _("used at")),
)

if TYPE_CHECKING:
    UserBase = admin.ModelAdmin[User]
    RoleBase = admin.ModelAdmin[Role]
    InvitationBase = admin.ModelAdmin[Invitation]
else:
    UserBase = RoleBase = InvitationBase = admin.ModelAdmin


def do_to_each(model_admin: Any, request: HttpRequest, rows: Any, act: Any, done: Any) -> None:
    """Do ``act`` to each row, each on its own, and say what was done and what was refused."""
    count = 0
    for row in rows:
        try:
            act(row)
        except Refused as refused:
            model_admin.message_user(request, f"{row}: {refused.message}", messages.ERROR)
        else:
            count += 1
    if count:
        model_admin.message_user(request, done % {"count": count}, messages.SUCCESS)


@admin.register(User)
class UserAdmin(TickedRows, UserBase):
    """Staff users: invite, change particulars, reset, sign out, close."""

    purpose = _("Staff who sign in. Adding somebody sends them an invitation by SMS and e-mail.")
    search_help_text = _("User name, name, mobile number or e-mail")
    list_display = ["username", "name", "written_phone", "email", "has_way_in", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["username", "name_en", "name_hi", "email", "phone"]
    ordering = ["username"]
    list_per_page = 50
    show_full_result_count = False
    actions = [
        "send_invitation_again",
        "send_reset",
        "sign_out_everywhere",
        "close_accounts",
        "reopen_accounts",
    ]

    @admin.display(description=_("name"))
    def name(self, user: User) -> str:
        return str(user)

    @admin.display(description=_("mobile number"), ordering="phone")
    def written_phone(self, user: User) -> str:
        return phone_number(user.phone) if user.phone else ""

    @admin.display(boolean=True, description=_("link was used"))
    def has_way_in(self, user: User) -> bool:
        """Whether the invitation was used."""
        return user.has_usable_password()

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).filter(kind=User.Kind.STAFF)

    def get_form(
        self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        kwargs["form"] = ParticularsForm if change else InviteForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        names = ["name_en", "name_hi", "phone", "email", "language"]
        return [*names] if obj else ["username", *names]

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> User:
        """Act here: what comes after is told which user it was."""
        values = {name: form.cleaned_data[name] for name in form.fields}
        by: Any = request.user
        if change:
            return staff.change_particulars(user=form.instance, by=by, **values)
        invited = invitations.invite(by=by, **values)
        messages.info(request, _("The invitation is on its way. Now give them a charge or a role."))
        return invited

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Saved already, by the service."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """There is nothing of the kind."""

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        by: Any = request.user
        return allowed and (obj is None or by.is_superuser or not obj.is_superuser)

    @admin.action(description=_("Send the invitation again"), permissions=["change"])
    def send_invitation_again(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        """A new link for those who have not used theirs."""
        by: Any = request.user
        done = _("Invitations sent: %(count)s.")
        do_to_each(self, request, rows, lambda u: invitations.invite_again(user=u, by=by), done)

    @admin.action(description=_("Reset password and second factor"), permissions=["change"])
    def send_reset(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        """The old way in ends now; a link for a new one goes out."""
        by: Any = request.user
        done = _("Reset links sent: %(count)s. The old passwords no longer work.")
        do_to_each(self, request, rows, lambda u: invitations.reset(user=u, by=by), done)

    @admin.action(description=_("Sign out everywhere"), permissions=["change"])
    def sign_out_everywhere(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        """End every session of the chosen people."""
        by: Any = request.user
        done = _("Signed out everywhere: %(count)s.")
        do_to_each(self, request, rows, lambda u: staff.sign_out_everywhere(user=u, by=by), done)

    @admin.action(description=_("Close the account"), permissions=["change"])
    def close_accounts(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        """Nobody signs in with these any more."""
        by: Any = request.user
        done = _("Accounts closed: %(count)s.")
        do_to_each(self, request, rows, lambda u: staff.close_account(user=u, by=by), done)

    @admin.action(description=_("Open the account again"), permissions=["change"])
    def reopen_accounts(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        """Closed ones work again."""
        by: Any = request.user
        done = _("Accounts opened again: %(count)s.")
        do_to_each(self, request, rows, lambda u: staff.reopen_account(user=u, by=by), done)


@admin.register(Role)
class RoleAdmin(PlainFields, RoleBase):
    """Roles that belong to no post: given and taken, never edited."""

    purpose = _(
        "Duties that belong to no post: appointing, setting up, auditing, messages, reports."
    )
    list_display = ["user", "name", "given_by", moment("given_at", _("given at"))]
    list_filter = ["name"]
    list_select_related = ["user", "given_by"]
    search_fields = ["user__username", "user__name_en", "user__name_hi"]
    ordering = ["user__username", "name"]
    form = RoleForm
    actions = ["take_roles"]

    def get_actions(self, request: HttpRequest) -> Any:
        """Without the admin's own deletion: it would ask for objects that are not there."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def has_change_permission(self, request: HttpRequest, obj: Role | None = None) -> bool:
        return False

    def get_form(
        self, request: HttpRequest, obj: Role | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type("RoleFormFor", (form,), {"by": request.user})

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Role:
        by: Any = request.user
        data = form.cleaned_data
        return staff.give_role(user=data["user"], name=data["name"], by=by)

    def save_model(self, request: HttpRequest, obj: Role, form: Any, change: bool) -> None:
        """Saved already, by the service."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """There is nothing of the kind."""

    def delete_model(self, request: HttpRequest, obj: Role) -> None:
        by: Any = request.user
        staff.take_role(role=obj, by=by)

    def has_delete_permission(self, request: HttpRequest, obj: Role | None = None) -> bool:
        allowed = super().has_delete_permission(request, obj)
        by: Any = request.user
        return allowed and (obj is None or staff.may_take(role=obj, by=by))

    @admin.action(description=_("Take the role away"), permissions=["delete"])
    def take_roles(self, request: HttpRequest, rows: QuerySet[Role]) -> None:
        """What the roles allowed ends with the next request."""
        by: Any = request.user
        done = _("Roles taken away: %(count)s.")
        do_to_each(self, request, rows, lambda r: staff.take_role(role=r, by=by), done)


@admin.register(Invitation)
class InvitationAdmin(TickedRows, InvitationBase):
    """Links that were sent: read, and withdrawn while they are unused. The link is never shown."""

    purpose = _("Links by which staff set their password. Each works once, for 72 hours.")
    list_display = SHOWN
    list_filter = ["purpose"]
    list_select_related = ["user", "made_by"]
    search_fields = ["user__username", "user__name_en", "user__name_hi"]
    fields = SHOWN
    readonly_fields = SHOWN
    ordering = ["-made_at"]
    list_per_page = 50
    show_full_result_count = False
    actions = ["withdraw"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return False

    @admin.action(description=_("Withdraw the link"), permissions=["view"])
    def withdraw(self, request: HttpRequest, rows: QuerySet[Invitation]) -> None:
        """The links stop working."""
        by: Any = request.user
        done = _("Links withdrawn: %(count)s.")
        do_to_each(self, request, rows, lambda i: invitations.withdraw(invitation=i, by=by), done)
