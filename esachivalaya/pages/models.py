"""What people write to the portal itself."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField
from esachivalaya.common.typed import TypedLine, TypedText


class Feedback(models.Model):
    """One thing somebody told us about the portal. A way to answer is optional."""

    class Kind(models.TextChoices):
        PROBLEM = "problem", _("Something does not work")
        UNCLEAR = "unclear", _("Something is hard to understand")
        IDEA = "idea", _("An idea")
        PRAISE = "praise", _("Something that is good")

    kind = ChoiceField(_("about"), choices=Kind.choices)
    words = TypedText(_("what they write"), max_length=2000)
    contact = TypedLine(_("how to answer"), max_length=120, blank=True)
    language = ChoiceField(_("language"), choices=[("hi", _("Hindi")), ("en", _("English"))])
    written_at = models.DateTimeField(_("written"), db_default=ClockTimestamp())

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")
        indexes = [models.Index(fields=["-written_at"], name="feedback_written_at")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"


class Notice(models.Model):
    """Words of the State on top of every page, for a time; or: the portal takes nothing new."""

    class Kind(models.TextChoices):
        NOTICE = "notice", _("A notice")
        CLOSED = "closed", _("The portal takes no new requests")

    kind = ChoiceField(_("kind"), choices=Kind.choices, default=Kind.NOTICE)
    words_hi = TypedLine(_("words in Hindi"), max_length=300)
    words_en = TypedLine(_("words in English"), max_length=300)
    still_works_hi = TypedLine(_("what still works, in Hindi"), max_length=300, blank=True)
    still_works_en = TypedLine(_("what still works, in English"), max_length=300, blank=True)
    starts_at = models.DateTimeField(_("shown from"))
    ends_at = models.DateTimeField(_("shown until"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="notice_ends_after_start",
                violation_error_message=_("A notice must end after it starts."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="closed") | (~Q(still_works_hi="") & ~Q(still_works_en="")),
                name="notice_closed_says_what_works",
                violation_error_message=_(
                    "Say in both languages what still works while the portal is closed."
                ),
            ),
        ]
        indexes = [models.Index(fields=["ends_at"], name="notice_ends_at")]

    def __str__(self) -> str:
        return self.words_en
