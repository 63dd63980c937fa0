"""One-time codes on a phone."""

from django.db import models

from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField


class SignInCode(models.Model):
    """A six-digit code sent to a phone: hashed, single use, ten minutes, five tries."""

    class Purpose(models.TextChoices):
        SIGN_IN = "sign_in"
        TRACK = "track"
        NUMBER = "number"
        SEAT = "seat"
        COUNTER = "counter"
        DONOR = "donor"

    phone = models.CharField(max_length=16)
    purpose = ChoiceField(choices=Purpose.choices)
    # For a code that opens one thing only: its reference.
    subject = models.CharField(max_length=40, blank=True)
    code_hash = models.CharField(max_length=64)
    # Where it was asked for, as a keyed digest: addresses are counted, not kept.
    address_digest = models.CharField(max_length=64)
    # The same of the wider network of an IPv6 address; "" of every other.
    network_digest = models.CharField(max_length=64, blank=True, default="", db_default="")
    made_at = models.DateTimeField(db_default=ClockTimestamp())
    expires_at = models.DateTimeField()
    tries_left = models.PositiveSmallIntegerField(default=5)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["phone", "-made_at"], name="code_phone"),
            models.Index(fields=["address_digest", "-made_at"], name="code_address"),
            models.Index(fields=["network_digest", "-made_at"], name="code_network"),
            models.Index(fields=["made_at"], name="code_made_at"),
        ]

    def __str__(self) -> str:
        return f"code {self.pk}"
