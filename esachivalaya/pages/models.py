"""What people write to the portal itself."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField


class Feedback(models.Model):
    """One thing somebody told us about the portal. A way to answer is optional."""

    class Kind(models.TextChoices):
        PROBLEM = "problem", _("Something does not work")
        UNCLEAR = "unclear", _("Something is hard to understand")
        IDEA = "idea", _("An idea")
        PRAISE = "praise", _("Something that is good")

    kind = ChoiceField(_("about"), choices=Kind.choices)
    words = models.TextField(_("what they write"), max_length=2000)
    contact = models.CharField(_("how to answer"), max_length=120, blank=True)
    language = ChoiceField(_("language"), choices=[("hi", _("Hindi")), ("en", _("English"))])
    written_at = models.DateTimeField(_("written"), db_default=ClockTimestamp())

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")
        indexes = [models.Index(fields=["-written_at"], name="feedback_written_at")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"
