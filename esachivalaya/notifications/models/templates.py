"""The words of messages, in versions."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField
from esachivalaya.common.typed import TypedLine, TypedText
from esachivalaya.notifications.models.channels import Channel, MessageClass
from esachivalaya.notifications.placeholders import wording_problem
from esachivalaya.notifications.querysets import MessageTemplateQuerySet


class MessageTemplate(models.Model):
    """One version of the words of a message, in Hindi and English.

    The ids of the Indian networks' register (DLT) stand here, since the gateway has no field for
    them. A version that was used is never changed: a new one is made.
    """

    key = models.CharField(_("key"), max_length=64)
    channel = ChoiceField(_("channel"), choices=Channel)
    version = models.PositiveSmallIntegerField(_("version"))
    klass = ChoiceField(_("class"), choices=MessageClass)
    subject_en = TypedLine(_("subject in English"), max_length=150, blank=True)
    subject_hi = TypedLine(_("subject in Hindi"), max_length=150, blank=True)
    body_en = TypedText(_("words in English"))
    body_hi = TypedText(_("words in Hindi"))
    dlt_entity_id = models.CharField(_("DLT entity"), max_length=32, blank=True)
    dlt_header = models.CharField(_("DLT header"), max_length=16, blank=True)
    dlt_template_id_en = models.CharField(_("DLT template, English"), max_length=32, blank=True)
    dlt_template_id_hi = models.CharField(_("DLT template, Hindi"), max_length=32, blank=True)
    # The text as it stands on the register, with the tags of its variables: {#alphanumeric#}.
    dlt_text_en = models.TextField(_("registered text, English"), blank=True, db_default="")
    dlt_text_hi = models.TextField(_("registered text, Hindi"), blank=True, db_default="")
    made_at = models.DateTimeField(db_default=ClockTimestamp())

    objects = MessageTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("message template")
        verbose_name_plural = _("message templates")
        constraints = [
            models.UniqueConstraint(
                fields=["key", "channel", "version"], name="message_template_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.channel}, {self.version})"

    def clean(self) -> None:
        """Refuse words that could not be filled: a placeholder that nobody knows, a stray brace."""
        problems = {
            name: problem
            for name in ("subject_en", "subject_hi", "body_en", "body_hi")
            if (problem := wording_problem(self.key, getattr(self, name)))
        }
        if problems:
            raise ValidationError(problems)
