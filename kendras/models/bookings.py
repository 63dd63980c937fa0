"""What an operator booked for whoever came, and how that person agreed."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from appointments.models import DrawWish, Request
from esachivalaya.accounts.models import Citizen
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField
from esachivalaya.common.typed import TypedLine
from kendras.models.places import Kendra
from kendras.querysets import AssistedBookingQuerySet


class Consent(models.Model):
    """That somebody agreed to be acted for: by a code read out, or by a slip kept on paper.

    The slip itself, with its signature or thumb impression, stays sealed at the Kendra. Of it the
    portal keeps the serial number and the witness, and no picture: pictures of thumb prints are
    used for bank fraud. The database refuses to change or delete a row.
    """

    class Kind(models.TextChoices):
        CODE = "code", _("Code read out at the counter")
        PAPER = "paper", _("Signed or thumb-marked slip on paper")

    class Purpose(models.TextChoices):
        BOOKING = "booking", _("A request for a meeting is made in this person's name")

    kendra = models.ForeignKey(Kendra, on_delete=models.PROTECT, related_name="+")
    citizen = models.ForeignKey(Citizen, on_delete=models.PROTECT, related_name="+")
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    kind = ChoiceField(_("kind"), choices=Kind.choices)
    purpose = ChoiceField(_("purpose"), choices=Purpose.choices, default=Purpose.BOOKING)
    # By code: the number to which it went, and when it was read out rightly.
    phone = models.CharField(_("mobile number"), max_length=16, blank=True)
    proved_at = models.DateTimeField(_("code given at"), null=True, blank=True)
    # On paper: what is printed on the slip, and who saw it signed.
    serial_number = TypedLine(_("serial number of the slip"), max_length=24, blank=True)
    witness = TypedLine(_("witness"), max_length=120, blank=True)
    given_at = models.DateTimeField(_("given at"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    ~Q(phone=""),
                    kind="code",
                    proved_at__isnull=False,
                    serial_number="",
                    witness="",
                )
                | Q(
                    ~Q(serial_number=""),
                    ~Q(witness=""),
                    kind="paper",
                    phone="",
                    proved_at__isnull=True,
                ),
                name="consent_has_its_evidence",
            ),
            models.UniqueConstraint(
                fields=["kendra", "serial_number"],
                name="consent_slip_once",
                condition=~Q(serial_number=""),
                violation_error_message=_("A slip with this serial number was used already."),
            ),
        ]

    def __str__(self) -> str:
        return f"consent {self.pk}"


class AssistedBooking(models.Model):
    """A request, or a wish in a draw, made by an operator: both names stay on it for ever.

    Only what comes later may be filled in: the request of a drawn wish, and when the slip was
    first printed. The database refuses everything else.
    """

    kendra = models.ForeignKey(Kendra, on_delete=models.PROTECT, related_name="bookings")
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    citizen = models.ForeignKey(Citizen, on_delete=models.PROTECT, related_name="+")
    consent = models.OneToOneField(Consent, on_delete=models.PROTECT, related_name="booking")
    request = models.OneToOneField(
        Request, null=True, on_delete=models.PROTECT, related_name="assisted"
    )
    wish = models.OneToOneField(
        DrawWish, null=True, on_delete=models.PROTECT, related_name="assisted"
    )
    # The meeting is attended at the Kendra; whether a seat is held stands in SeatHold.
    seat_wanted = models.BooleanField(_("attends at the Kendra"))
    fee_rs = models.PositiveSmallIntegerField(_("fee taken, rupees"), default=0)
    booked_at = models.DateTimeField(_("booked at"))
    # From the first key to the slip, as the counter's browser counted; for figures only.
    took_s = models.PositiveIntegerField(_("seconds at the counter"), null=True)
    slip_printed_at = models.DateTimeField(_("slip printed at"), null=True)

    objects = AssistedBookingQuerySet.as_manager()

    class Meta:
        verbose_name = _("assisted booking")
        verbose_name_plural = _("assisted bookings")
        constraints = [
            models.CheckConstraint(
                condition=Q(request__isnull=False) | Q(wish__isnull=False),
                name="assisted_booking_of_something",
            ),
            models.CheckConstraint(
                condition=Q(took_s__isnull=True) | Q(took_s__lte=86400), name="assisted_took"
            ),
            models.CheckConstraint(
                condition=Q(slip_printed_at__isnull=True) | Q(slip_printed_at__gte=F("booked_at")),
                name="assisted_slip_after_booking",
            ),
        ]
        indexes = [
            models.Index(fields=["kendra", "-booked_at"], name="assisted_kendra"),
            models.Index(fields=["operator", "-booked_at"], name="assisted_operator"),
            models.Index(fields=["-booked_at"], name="assisted_booked"),
        ]

    def __str__(self) -> str:
        return f"assisted booking {self.pk}"


class Lookup(models.Model):
    """That an operator asked who stands behind a mobile number; counted, and kept for the record.

    The number itself is kept as a keyed digest only.
    """

    kendra = models.ForeignKey(Kendra, on_delete=models.PROTECT, related_name="+")
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    phone_digest = models.CharField(max_length=64)
    at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        indexes = [models.Index(fields=["operator", "-at"], name="lookup_operator")]

    def __str__(self) -> str:
        return f"lookup {self.pk}"
