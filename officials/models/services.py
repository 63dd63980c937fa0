"""The catalogue of services and schemes that a department gives, with what is notified of them."""

from django.contrib.postgres.indexes import GinIndex
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from esachivalaya.common.fields import ChoiceField
from esachivalaya.common.formats import chosen_language, indian_number
from officials.models.organisation import Department
from officials.querysets import ServiceQuerySet


class Service(models.Model):
    """A service or scheme that one can apply for; also what an appointment may be about.

    An empty time limit or fee means that none is notified here: never zero, never made up.
    """

    class Kind(models.TextChoices):
        SERVICE = "service", _("Service")
        SCHEME = "scheme", _("Scheme")

    class DayKind(models.TextChoices):
        DAYS = "days", _("days")
        WORKING = "working", _("working days")

    # It stands in addresses.
    code = models.CharField(
        _("code"),
        max_length=32,
        unique=True,
        validators=[
            RegexValidator(
                r"^[A-Z0-9][A-Z0-9-]*\Z", _("Capital letters, digits and hyphens: SJE-OLD.")
            )
        ],
    )
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="services", verbose_name=_("department")
    )
    kind = ChoiceField(_("kind"), choices=Kind.choices)
    name_en = models.CharField(_("name in English"), max_length=200)
    name_hi = models.CharField(_("name in Hindi"), max_length=200)
    days = models.PositiveSmallIntegerField(_("notified time limit"), null=True, blank=True)
    day_kind = ChoiceField(_("counted in"), choices=DayKind.choices, blank=True, default="")
    designated_officer = models.CharField(_("designated officer"), max_length=120, blank=True)
    designated_officer_hi = models.CharField(
        _("designated officer in Hindi"), max_length=120, blank=True
    )
    first_authority = models.CharField(_("first authority"), max_length=120, blank=True)
    first_authority_hi = models.CharField(_("first authority in Hindi"), max_length=120, blank=True)
    second_authority = models.CharField(_("second authority"), max_length=120, blank=True)
    second_authority_hi = models.CharField(
        _("second authority in Hindi"), max_length=120, blank=True
    )
    kendra_fee_rs = models.PositiveSmallIntegerField(
        _("charge of a Saral or Antyodaya Kendra, rupees"), null=True, blank=True
    )
    atal_seva_fee_rs = models.PositiveSmallIntegerField(
        _("charge of an Atal Seva Kendra, rupees"), null=True, blank=True
    )
    eligibility_en = models.TextField(_("who can have it, in English"), max_length=2000, blank=True)
    eligibility_hi = models.TextField(_("who can have it, in Hindi"), max_length=2000, blank=True)
    # One paper a line.
    documents_en = models.TextField(_("papers needed, in English"), max_length=2000, blank=True)
    documents_hi = models.TextField(_("papers needed, in Hindi"), max_length=2000, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)
    active = models.BooleanField(_("offered"), default=True)
    # Its names in every spelling that people search by, folded; see officials/search.py.
    search_words = models.TextField(blank=True, editable=False)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ["code"]
        indexes = [
            GinIndex(
                fields=["search_words"], name="service_search_words", opclasses=["gin_trgm_ops"]
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(days__isnull=True, day_kind="")
                | Q(~Q(day_kind=""), days__isnull=False, days__gte=1),
                name="service_time_limit_whole",
                violation_error_message=_(
                    "A time limit is a number of days with their kind, or nothing at all."
                ),
            )
        ]

    def __str__(self) -> str:
        return self.name_hi if chosen_language() == "hi" else self.name_en

    @property
    def time_limit(self) -> str:
        """The notified time limit in words; empty where none is notified here."""
        if self.days is None:
            return ""
        if self.day_kind == self.DayKind.WORKING:
            words = ngettext("%(days)s working day", "%(days)s working days", self.days)
        else:
            words = ngettext("%(days)s day", "%(days)s days", self.days)
        return words % {"days": indian_number(self.days)}

    @property
    def officer(self) -> str:
        """Who gives it, in the reader's language."""
        return self._in_language(self.designated_officer, self.designated_officer_hi)

    @property
    def first_appeal(self) -> str:
        """The first authority under the Right to Service Act, in the reader's language."""
        return self._in_language(self.first_authority, self.first_authority_hi)

    @property
    def second_appeal(self) -> str:
        """The second authority under the Right to Service Act, in the reader's language."""
        return self._in_language(self.second_authority, self.second_authority_hi)

    @property
    def eligibility(self) -> str:
        """Who can have it, in the reader's language."""
        return self._in_language(self.eligibility_en, self.eligibility_hi)

    @property
    def documents(self) -> list[str]:
        """The papers needed, in the reader's language."""
        words = self._in_language(self.documents_en, self.documents_hi)
        return [line.strip() for line in words.splitlines() if line.strip()]

    def _in_language(self, english: str, hindi: str) -> str:
        return (hindi or english) if chosen_language() == "hi" else (english or hindi)
