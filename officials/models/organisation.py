"""Districts, departments and their sections."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.fields import ChoiceField
from esachivalaya.common.formats import chosen_language


class District(models.Model):
    """A district of the State; ``since`` where it was formed while the portal ran."""

    code = models.CharField(_("code"), max_length=8, unique=True)
    name_en = models.CharField(_("name in English"), max_length=80)
    name_hi = models.CharField(_("name in Hindi"), max_length=80)
    division = models.CharField(_("division"), max_length=40)
    since = models.DateField(_("since"), null=True, blank=True)

    class Meta:
        verbose_name = _("district")
        verbose_name_plural = _("districts")
        ordering = ["name_en"]

    def __str__(self) -> str:
        return self.name_hi if chosen_language() == "hi" else self.name_en


class Department(models.Model):
    """A department, office or corporation of the State."""

    class Kind(models.TextChoices):
        OFFICE = "office", _("Office")
        DEPARTMENT = "department", _("Department")
        CORPORATION = "corporation", _("Corporation")

    code = models.CharField(_("code"), max_length=8, unique=True)
    name_en = models.CharField(_("name in English"), max_length=160)
    name_hi = models.CharField(_("name in Hindi"), max_length=160)
    kind = ChoiceField(_("kind"), choices=Kind.choices)
    eoffice_wave = models.CharField(_("e-Office wave"), max_length=32, blank=True)

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ["name_en"]

    def __str__(self) -> str:
        return self.name_hi if chosen_language() == "hi" else self.name_en


class Section(models.Model):
    """A section of a department."""

    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="sections", verbose_name=_("department")
    )
    code = models.CharField(_("code"), max_length=16)
    name_en = models.CharField(_("name in English"), max_length=120)
    name_hi = models.CharField(_("name in Hindi"), max_length=120)

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        constraints = [
            models.UniqueConstraint(
                fields=["department", "code"],
                name="section_code_once",
                violation_error_message=_("This department has a section with this code already."),
            )
        ]

    def __str__(self) -> str:
        name = self.name_hi if chosen_language() == "hi" else self.name_en
        return f"{self.department.code}/{self.code} {name}".strip()
