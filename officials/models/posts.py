"""A post is an office one can meet. People come and go; posts stay."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.fields import ChoiceField
from esachivalaya.common.formats import chosen_language
from officials.models.organisation import Department, District
from officials.querysets import PostQuerySet


class Post(models.Model):
    """An office one can meet, with the booking rules and the policy of its diary."""

    class Level(models.TextChoices):
        CHIEF_MINISTER = "chief_minister", _("Chief Minister")
        MINISTER = "minister", _("Ministers")
        SECRETARY = "secretary", _("Secretaries")
        HEAD_OF_DEPARTMENT = "head_of_department", _("Heads of department")
        DIVISIONAL_COMMISSIONER = "divisional_commissioner", _("Divisional commissioners")
        DEPUTY_COMMISSIONER = "deputy_commissioner", _("Deputy commissioners")
        DISTRICT_OFFICER = "district_officer", _("District officers")
        LEGISLATOR = "legislator", _("Members of the Legislative Assembly")
        # Desks of e-Office that nobody books a meeting with.
        SECTION = "section", _("Sections")

    class AtDueTime(models.TextChoices):
        """What the 24-hour rule does when the office has not answered."""

        ALLOT = "allot", _("Allot: the portal confirms the held slot")
        HAND_DOWN = "hand_down", _("Hand down: a named post below receives the citizen")
        RELEASE = "release", _("Release: the slot is freed and the citizen may ask again first")

    code = models.CharField(_("code"), max_length=32, unique=True)
    title_en = models.CharField(_("title in English"), max_length=120)
    title_hi = models.CharField(_("title in Hindi"), max_length=120)
    short_en = models.CharField(
        _("short title in English"), max_length=24, help_text=_("For messages.")
    )
    short_hi = models.CharField(
        _("short title in Hindi"), max_length=24, help_text=_("For messages.")
    )
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="posts", verbose_name=_("department")
    )
    district = models.ForeignKey(
        District,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="posts",
        verbose_name=_("district"),
    )
    reports_to = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reporting",
        verbose_name=_("reports to"),
    )
    level = ChoiceField(_("level"), choices=Level.choices)
    at_due_time = ChoiceField(
        _("at the due time"), choices=AtDueTime.choices, default=AtDueTime.ALLOT
    )
    hand_down_to = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("hands down to"),
    )
    active = models.BooleanField(_("can be met"), default=True)
    # A post that was abolished or renamed away leads to the one that does its work now.
    succeeded_by = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="predecessors",
        verbose_name=_("its work is done now by"),
    )
    places = models.PositiveSmallIntegerField(_("meetings at once"), default=1)
    minimum_notice_hours = models.PositiveSmallIntegerField(
        _("minimum notice, hours"), default=4, help_text=_("At least 3.")
    )
    horizon_days = models.PositiveSmallIntegerField(_("bookable ahead, days"), default=30)
    kendra_share_percent = models.PositiveSmallIntegerField(
        _("share kept for Kendras, percent"), default=30
    )
    pause_days = models.PositiveSmallIntegerField(_("pause after a meeting, days"), default=30)
    # The post's names in every spelling that people search by, folded; see officials/search.py.
    search_words = models.TextField(blank=True, editable=False)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        ordering = ["id"]
        indexes = [
            GinIndex(fields=["search_words"], name="post_search_words", opclasses=["gin_trgm_ops"])
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(minimum_notice_hours__gte=3),
                name="post_notice_3h",
                violation_error_message=_("The minimum notice is at least 3 hours."),
            ),
            models.CheckConstraint(
                condition=models.Q(kendra_share_percent__lte=100),
                name="post_share_percent",
                violation_error_message=_("The share kept for Kendras is at most 100 percent."),
            ),
            models.CheckConstraint(
                condition=models.Q(places__gte=1, places__lte=20),
                name="post_places",
                violation_error_message=_("A post meets 1 to 20 at once."),
            ),
            models.CheckConstraint(
                condition=models.Q(horizon_days__gte=1, horizon_days__lte=120),
                name="post_horizon",
                violation_error_message=_("A post can be booked 1 to 120 days ahead."),
            ),
            models.CheckConstraint(
                condition=models.Q(at_due_time="hand_down", hand_down_to__isnull=False)
                | (~models.Q(at_due_time="hand_down") & models.Q(hand_down_to__isnull=True)),
                name="post_hands_down_to_a_post",
                violation_error_message=_(
                    "Name the post that requests are handed down to, "
                    "exactly when the policy is to hand down."
                ),
            ),
            models.CheckConstraint(
                condition=models.Q(succeeded_by__isnull=True)
                | (models.Q(active=False) & ~models.Q(succeeded_by=models.F("id"))),
                name="post_succeeded_when_closed",
                violation_error_message=_(
                    "Only an office that can no longer be met has another one in its place."
                ),
            ),
            models.CheckConstraint(
                condition=~models.Q(reports_to=models.F("id")),
                name="post_not_its_own_superior",
                violation_error_message=_("A post does not report to itself."),
            ),
        ]

    def __str__(self) -> str:
        return self.title_hi if chosen_language() == "hi" else self.title_en
