"""Where receipts and files lie: the desks of posts, and departments that work in e-Office."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from esachivalaya.common.fields import SmallChoiceField
from officials.models import Department, Post, Section


class Rank(models.IntegerChoices):
    """How high a desk stands; a file is closed with the approval of a Section Officer or above."""

    ASSISTANT = 10, _("Assistant")
    SECTION_OFFICER = 20, _("Section Officer, Superintendent")
    UNDER_SECRETARY = 30, _("Under Secretary")
    DEPUTY_SECRETARY = 40, _("Deputy Secretary")
    HEAD = 50, _("Head of department, Director")
    SECRETARY = 60, _("Secretary")
    CHIEF_SECRETARY = 70, _("Chief Secretary")
    MINISTER = 80, _("Minister")
    CHIEF_MINISTER = 90, _("Chief Minister")


class Desk(models.Model):
    """The e-Office desk of a post. Items lie here, whoever holds the post today.

    A clerk's post that nobody can book a meeting with is a post all the same, closed to meetings.
    """

    post = models.OneToOneField(
        Post,
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="desk",
        verbose_name=_("post"),
    )
    section = models.ForeignKey(
        Section, on_delete=models.PROTECT, related_name="desks", verbose_name=_("section")
    )
    rank = SmallChoiceField(pgettext_lazy("desk", "rank"), choices=Rank)
    # The Central Registry Unit: diarises what comes and sends out what goes.
    registry = models.BooleanField(_("Central Registry Unit"), default=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    # The desk that got everything that lay here when it was closed.
    goes_to = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("its work goes to"),
    )

    class Meta:
        verbose_name = _("desk")
        verbose_name_plural = _("desks")
        ordering = ["-rank", "post"]
        constraints = [
            models.CheckConstraint(
                condition=Q(goes_to__isnull=True) | ~Q(goes_to=F("post")),
                name="desk_not_to_itself",
                violation_error_message=_("A desk's work goes to another desk."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.post)


class Onboarding(models.Model):
    """From which day a department works in e-Office, in which wave, and its old paper by when."""

    department = models.OneToOneField(
        Department,
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="onboarding",
        verbose_name=_("department"),
    )
    wave = models.CharField(_("wave"), max_length=32, blank=True)
    starts_on = models.DateField(_("works in e-Office from"))
    old_files_by = models.DateField(_("old paper files joined by"), null=True, blank=True)
    # How many paper files there were to join, as the department counted them.
    old_files = models.PositiveIntegerField(_("old paper files"), null=True, blank=True)

    class Meta:
        verbose_name = _("onboarding of a department")
        verbose_name_plural = _("onboarding of departments")
        ordering = ["starts_on"]

    def __str__(self) -> str:
        return f"{self.department}: {self.starts_on}"
