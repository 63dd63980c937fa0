"""Kendras and the desks at which a meeting can be attended there."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.fields import ChoiceField
from esachivalaya.common.formats import chosen_language
from kendras.querysets import KendraQuerySet
from officials.models import District

# Monday to Saturday, counted from 0 for Monday.
WORKING_DAYS = [0, 1, 2, 3, 4, 5]


def working_days() -> list[int]:
    """Return the days on which a Kendra is open unless it says otherwise."""
    return list(WORKING_DAYS)


class Kendra(models.Model):
    """A place where an operator serves whoever comes: in a village or a town of a district."""

    class Kind(models.TextChoices):
        ATAL_SEVA = "atal_seva", _("Atal Seva Kendra (village)")
        SARAL = "saral", _("Saral Kendra (town)")
        ANTYODAYA = "antyodaya", _("Antyodaya Kendra (town)")

    code = models.CharField(_("code"), max_length=16, unique=True)
    kind = ChoiceField(_("kind"), choices=Kind.choices)
    name_en = models.CharField(_("name in English"), max_length=120)
    name_hi = models.CharField(_("name in Hindi"), max_length=120)
    district = models.ForeignKey(
        District, on_delete=models.PROTECT, related_name="kendras", verbose_name=_("district")
    )
    block_en = models.CharField(_("block in English"), max_length=80, blank=True)
    block_hi = models.CharField(_("block in Hindi"), max_length=80, blank=True)
    address_en = models.CharField(_("address in English"), max_length=200, blank=True)
    address_hi = models.CharField(_("address in Hindi"), max_length=200, blank=True)
    phone = models.CharField(_("telephone"), max_length=16, blank=True)
    opens = models.TimeField(_("opens at"))
    closes = models.TimeField(_("closes at"))
    # Weekdays 0 to 6 from Monday; on public holidays a Kendra is closed.
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(), verbose_name=_("open on"), default=working_days
    )
    active = models.BooleanField(_("in service"), default=True)
    # A made-up Kendra for showing and measuring; its name says so too.
    generated = models.BooleanField(_("made up"), default=False, editable=False)

    objects = KendraQuerySet.as_manager()

    class Meta:
        verbose_name = _("Kendra")
        verbose_name_plural = _("Kendras")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")),
                name="kendra_closes_after_opening",
                violation_error_message=_("A Kendra closes after it opens."),
            ),
        ]
        indexes = [models.Index(fields=["district", "code"], name="kendra_district")]

    def __str__(self) -> str:
        return self.name_hi if chosen_language() == "hi" else self.name_en

    @property
    def block(self) -> str:
        """The block in the reader's language."""
        return self.block_hi if chosen_language() == "hi" else self.block_en

    @property
    def address(self) -> str:
        """The address in the reader's language."""
        return self.address_hi if chosen_language() == "hi" else self.address_en


class Desk(models.Model):
    """A seat of a Kendra: a desk with camera, microphone and screen."""

    kendra = models.ForeignKey(
        Kendra, on_delete=models.PROTECT, related_name="desks", verbose_name=_("Kendra")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    accessible = models.BooleanField(_("a wheelchair can reach it"), default=False)
    active = models.BooleanField(_("in service"), default=True)

    class Meta:
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        ordering = ["kendra", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["kendra", "number"],
                name="desk_number_once",
                violation_error_message=_("This Kendra has a seat with this number already."),
            ),
            models.CheckConstraint(condition=Q(number__gte=1, number__lte=99), name="desk_number"),
        ]

    def __str__(self) -> str:
        return f"{self.kendra_id}/{self.number}"
