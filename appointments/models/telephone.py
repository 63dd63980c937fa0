"""Calls to the telephone line, and the wish to be called back."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from appointments.models.requests import Request
from esachivalaya.accounts.models.users import Language
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField


class PhoneCall(models.Model):
    """Where one call stands. The provider's id of the call finds it; there is no cookie.

    ``turn`` counts what was said: an answer to an earlier turn (a repeated request of the provider)
    changes nothing and hears ``answer`` again.
    """

    class Step(models.TextChoices):
        LANGUAGE = "language", _("Choosing the language")
        CODE = "code", _("Keying in the phone code")
        PIN = "pin", _("Keying in the PIN")
        MENU = "menu", _("Hearing the status")
        SURE = "sure", _("Asked once more")
        ENDED = "ended", _("Ended")

    call_id = models.CharField(max_length=64, unique=True)
    # The caller's number, or empty when it is withheld.
    caller = models.CharField(max_length=16, blank=True)
    language = ChoiceField(choices=Language.choices, max_length=2, default=Language.HINDI)
    step = ChoiceField(choices=Step.choices, default=Step.LANGUAGE)
    turn = models.PositiveSmallIntegerField(default=0)
    code = models.CharField(max_length=9, blank=True)
    request = models.ForeignKey(Request, null=True, on_delete=models.PROTECT, related_name="+")
    # The version that was spoken of, and the key that waits to be pressed once more.
    version = models.PositiveIntegerField(default=0)
    pressed = models.CharField(max_length=1, blank=True)
    wrong = models.PositiveSmallIntegerField(default=0)
    silent = models.PositiveSmallIntegerField(default=0)
    answer = models.TextField(blank=True)
    began_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        verbose_name = _("phone call")
        verbose_name_plural = _("phone calls")
        indexes = [
            models.Index(fields=["caller", "began_at"], name="phone_call_caller"),
            models.Index(fields=["began_at"], name="phone_call_began"),
        ]

    def __str__(self) -> str:
        return f"call {self.pk}"


class CallBack(models.Model):
    """A citizen asked on the telephone line to be called back by the office."""

    request = models.ForeignKey(
        Request, on_delete=models.PROTECT, related_name="call_backs", verbose_name=_("request")
    )
    phone = models.CharField(_("mobile number"), max_length=16)
    language = ChoiceField(_("language"), choices=Language.choices, max_length=2)
    asked_at = models.DateTimeField(_("asked at"))
    done_at = models.DateTimeField(_("called at"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("call back")
        verbose_name_plural = _("call backs")
        constraints = [
            models.UniqueConstraint(
                fields=["request"], name="call_back_one_open", condition=Q(done_at__isnull=True)
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by__isnull=True)
                | Q(done_at__isnull=False, done_by__isnull=False),
                name="call_back_done_by_someone",
            ),
        ]
        indexes = [models.Index(fields=["asked_at"], name="call_back_asked")]

    def __str__(self) -> str:
        return f"call back {self.pk}"
