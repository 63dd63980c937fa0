"""Certificates by which officers sign letters."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.clock import ClockTimestamp


class SigningCertificate(models.Model):
    """An officer's certificate with its key, as PKCS#12 encrypted under the officer's passphrase.

    The passphrase is never kept: without the officer the portal cannot sign, nor read the key.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="signing_certificates"
    )
    subject = models.CharField(_("issued to"), max_length=300)
    issuer = models.CharField(_("issued by"), max_length=300)
    # SHA-256 of the certificate.
    fingerprint = models.CharField(max_length=64)
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"))
    sealed_key = models.BinaryField(editable=False)
    added_at = models.DateTimeField(db_default=ClockTimestamp())
    # Removed: the key is wiped, the row stays for what was signed by it.
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("signing certificate")
        verbose_name_plural = _("signing certificates")
        constraints = [
            models.UniqueConstraint(
                fields=["user"], name="certificate_one_of_a_person", condition=Q(removed_at=None)
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | Q(sealed_key=b""),
                name="certificate_removed_is_wiped",
            ),
        ]

    def __str__(self) -> str:
        return self.subject
