"""Everybody who signs in is one :class:`User`: staff with a name, or a household with a phone."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth import get_backends
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField
from esachivalaya.common.formats import chosen_language
from esachivalaya.common.typed import TypedLine


class Language(models.TextChoices):
    """The languages in which the portal speaks."""

    HINDI = "hi", _("Hindi")
    ENGLISH = "en", _("English")


class UserManager(BaseUserManager["User"]):
    """Makes users; nothing else is granted with that."""

    def create_staff(self, *, username: str, name_en: str, name_hi: str, **fields: Any) -> "User":
        """Make a staff user without a usable password: it is set through an invitation."""
        user = self.model(
            username=self.model.normalize_username(username),
            kind=User.Kind.STAFF,
            name_en=name_en,
            name_hi=name_hi,
            **fields,
        )
        user.set_unusable_password()
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """Somebody who signs in.

    Staff act only through live charges and roles; being staff alone grants nothing. A household
    signs in by a code on its phone and has no password. Nobody is both in one session.
    """

    class Kind(models.TextChoices):
        STAFF = "staff", _("Staff")
        HOUSEHOLD = "household", _("Household")

    kind = ChoiceField(_("kind"), choices=Kind.choices)
    username = models.CharField(
        _("user name"),
        max_length=80,
        unique=True,
        help_text=_("Staff sign in with it. A household's is made by the portal."),
    )
    name_en = TypedLine(_("name in English"), max_length=120, blank=True)
    name_hi = TypedLine(_("name in Hindi"), max_length=120, blank=True)
    phone = models.CharField(_("mobile number"), max_length=16, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    language = ChoiceField(_("language"), choices=Language, default=Language.HINDI, max_length=2)
    is_active = models.BooleanField(_("active"), default=True)
    is_superuser = models.BooleanField(
        _("sets the portal up"),
        default=False,
        help_text=_("Sees set-up pages, never the content of requests or files."),
    )
    created_at = models.DateTimeField(db_default=ClockTimestamp())

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name_en", "name_hi"]
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        own = self.name_hi if chosen_language() == "hi" else self.name_en
        return own or self.name_en or self.username

    @property
    def is_staff(self) -> bool:
        """Whether this is a staff user; Django's admin asks, and asks the charges as well."""
        return str(self.kind) == self.Kind.STAFF

    def get_short_name(self) -> str:
        return self.name_en or self.username

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Ask the sign-in backends, which derive permissions from charges and roles."""
        return self.is_active and any(
            bool(backend.has_perm(self, perm, obj))
            for backend in get_backends()
            if hasattr(backend, "has_perm")
        )

    def has_perms(self, perms: list[str], obj: Any = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and any(
            bool(backend.has_module_perms(self, app_label))
            for backend in get_backends()
            if hasattr(backend, "has_module_perms")
        )


class Role(models.Model):
    """A duty that belongs to no post: appointing staff, setting the portal up, auditing."""

    class Name(models.TextChoices):
        APPOINTING = "appointing", _("Appoints staff (invite, post, relieve, reset)")
        SETUP = "setup", _("Sets up departments, posts and holidays")
        AUDITOR = "auditor", _("Reads the audit record")
        MESSAGES = "messages", _("Watches the messages")
        REPORTS = "reports", _("Reads the reports of the whole State")
        HELP_DESK = "help_desk", _("Helps citizens with their numbers")
        CAMPAIGNS = "campaigns", _("Runs campaigns for plasma donors")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="roles",
        verbose_name=_("officer"),
    )
    name = ChoiceField(_("role"), choices=Name.choices)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("given by"),
    )
    given_at = models.DateTimeField(_("given at"), db_default=ClockTimestamp())

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="role_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_name_display()}"


class Invitation(models.Model):
    """A single-use, expiring link by which a staff member sets password and second factor."""

    class Purpose(models.TextChoices):
        INVITE = "invite", _("Invitation")
        RESET = "reset", _("Reset")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="invitations",
        verbose_name=_("officer"),
    )
    purpose = ChoiceField(_("purpose"), choices=Purpose.choices)
    token_digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("sent by"),
    )
    made_at = models.DateTimeField(_("sent at"), db_default=ClockTimestamp())
    expires_at = models.DateTimeField(_("valid until"))
    used_at = models.DateTimeField(_("used at"), null=True, blank=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}: {self.user}"
