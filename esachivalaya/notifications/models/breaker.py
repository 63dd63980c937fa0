"""The circuit breaker of a gateway: one row that all workers look at."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.fields import ChoiceField


class Breaker(models.Model):
    """Whether a gateway takes messages at all; no row means that it never failed.

    Open, the whole queue of its channel waits and nothing fails. Each minute one message is tried;
    when it goes through, the rest goes too.
    """

    class State(models.TextChoices):
        CLOSED = "closed", _("Working")
        OPEN = "open", _("Stopped")

    gateway = models.CharField(_("gateway"), max_length=32, primary_key=True)
    channel = models.CharField(_("channel"), max_length=32)
    state = ChoiceField(_("state"), choices=State.choices)
    problem = models.CharField(_("what went wrong"), max_length=200, blank=True)
    opened_at = models.DateTimeField(_("stopped at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("working again at"), null=True, blank=True)
    probe_at = models.DateTimeField(_("next try at"), null=True, blank=True)
    probes = models.PositiveIntegerField(_("tries since"), default=0)

    class Meta:
        verbose_name = _("gateway")
        verbose_name_plural = _("gateways")

    def __str__(self) -> str:
        return f"{self.gateway}: {self.get_state_display()}"
