"""A charge says who acts for a post, from when to when."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from esachivalaya.common.fields import ChoiceField
from officials.models.posts import Post
from officials.querysets import ChargeQuerySet


class TsTzRange(Func):
    """A half-open range of two moments; an empty end reaches for ever."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class Charge(models.Model):
    """Who acts for a post: ``starts_at`` belongs to it, ``ends_at`` does not."""

    class Kind(models.TextChoices):
        HOLDER = "holder", _("Holder")
        ADDITIONAL = "additional", _("Additional charge")
        LINK_OFFICER = "link_officer", _("Link officer")
        STAFF = "staff", _("Staff (private secretary, assistant)")

    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, related_name="charges", verbose_name=_("post")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="charges",
        verbose_name=_("officer"),
    )
    kind = ChoiceField(_("kind"), choices=Kind.choices)
    starts_at = models.DateTimeField(pgettext_lazy("time", "from"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("given by"),
    )

    objects = ChargeQuerySet.as_manager()

    class Meta:
        verbose_name = _("charge")
        verbose_name_plural = _("charges")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="charge_ends_after_start",
                violation_error_message=_("The charge must end after it starts."),
            ),
            # One head of a post at a time, be it as holder or by additional charge.
            ExclusionConstraint(
                name="charge_one_head",
                violation_error_message=_(
                    "Somebody else has the charge of this post at that time."
                ),
                expressions=[
                    ("post", RangeOperators.EQUAL),
                    (
                        TsTzRange("starts_at", "ends_at", Value("[)")),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(kind__in=["holder", "additional"]),
            ),
            ExclusionConstraint(
                name="charge_once_per_person",
                violation_error_message=_("This person has this charge at that time already."),
                expressions=[
                    ("post", RangeOperators.EQUAL),
                    ("user", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (
                        TsTzRange("starts_at", "ends_at", Value("[)")),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_kind_display()}, {self.post}"
