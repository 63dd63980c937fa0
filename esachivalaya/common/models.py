"""Rows that serve every app: counters without gaps and the memory of forms already sent."""

from django.db import models

from esachivalaya.common.clock import ClockTimestamp


class Counter(models.Model):
    """The last number given in one series of one year. See :mod:`esachivalaya.common.counters`."""

    series = models.CharField(max_length=64)
    year = models.PositiveSmallIntegerField()
    value = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "year"], name="counter_series_year")
        ]

    def __str__(self) -> str:
        return f"{self.series}/{self.year}: {self.value}"


class SentForm(models.Model):
    """One form that was sent: the same key and data give the same result, and act once."""

    principal = models.CharField(max_length=80, help_text="Who sent it: user, or sign-in session.")
    form = models.CharField(max_length=64)
    key = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    result = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["principal", "form", "key"], name="sent_form_once")
        ]
        indexes = [models.Index(fields=["sent_at"], name="sent_form_sent_at")]

    def __str__(self) -> str:
        return f"{self.form} {self.key}"


class Sweep(models.Model):
    """When one kind of regular work was last done. See :mod:`esachivalaya.common.sweeps`."""

    name = models.CharField(max_length=64, primary_key=True)
    ended_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.ended_at}"
