"""What is recorded of the 24-hour promise: reminders that went, and answers that did not come."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from appointments.models.requests import Request
from esachivalaya.common.fields import ChoiceField
from officials.models import Post


class LadderStep(models.Model):
    """One rung of the ladder of reminders, taken once per request."""

    class Rung(models.TextChoices):
        ARRIVED = "arrived", _("It has arrived")
        HALF = "half", _("Half the time is gone")
        THREE_QUARTERS = "three_quarters", _("Three quarters of the time are gone")
        LAST_TWELFTH = "last_twelfth", _("A twelfth of the time is left")

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="ladder")
    rung = ChoiceField(choices=Rung.choices)
    taken_at = models.DateTimeField()
    # Who was reminded, by user id: the log carries names, the row does not.
    told = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "rung"], name="ladder_rung_once")]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.rung}"


class Breach(models.Model):
    """A request that its office did not answer in time. Carries the due time, not the sweep's."""

    class Outcome(models.TextChoices):
        ALLOTTED = "allotted", _("The portal allotted the time")
        HANDED_DOWN = "handed_down", _("Handed to the post below and allotted there")
        RELEASED = "released", _("The slot was released")

    request = models.OneToOneField(Request, on_delete=models.PROTECT, related_name="breach")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="breaches")
    due_at = models.DateTimeField()
    outcome = ChoiceField(choices=Outcome.choices)
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["post", "due_at"], name="breach_post_due"),
            # Those of the last day, of all posts, for whoever watches over the portal.
            models.Index(fields=["due_at"], name="breach_due"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.outcome}"


class SettledDay(models.Model):
    """A day of Asia/Kolkata whose requests are all judged: the roll-up has it, for every post.

    A day is settled as a whole, so that no request is counted twice or lost when it is handed to
    another post.
    """

    day = models.DateField(primary_key=True)

    def __str__(self) -> str:
        return str(self.day)


class PromiseDay(models.Model):
    """The promise board's roll-up: one post's requests of one settled day.

    ``tenths`` counts answers by the tenths of an hour that they took; place 240, the last one that
    can be, holds all that took 24 hours or longer. Zeros at the end are left out.
    """

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    requests = models.PositiveIntegerField()
    judged = models.PositiveIntegerField()
    in_time = models.PositiveIntegerField()
    breaches = models.PositiveIntegerField()
    tenths = ArrayField(models.PositiveIntegerField())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "post"], name="promise_day_once"),
            models.CheckConstraint(
                condition=Q(judged__lte=F("requests")) & Q(in_time__lte=F("judged")),
                name="promise_day_counts",
            ),
        ]
        indexes = [models.Index(fields=["post", "day"], name="promise_day_of_post")]

    def __str__(self) -> str:
        return f"{self.post_id} {self.day}"
