"""Roads and classes: what every row about messages is sorted by."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    SMS = "sms", _("SMS")
    EMAIL = "email", _("E-mail")


class MessageClass(models.TextChoices):
    """Sets priority, hours, expiry and what happens when the outcome is unknown."""

    CODE = "code", _("One-time code")
    TRANSACTIONAL = "transactional", _("About one's own matter")
    APPEAL = "appeal", _("Appeal")


class ErrorClass(models.TextChoices):
    """What an error says about the next try (domain rule 4)."""

    PERMANENT = "permanent", _("This address cannot be reached")
    TEMPORARY = "temporary", _("Passing trouble")
    CONFIGURATION = "configuration", _("Settings or account")
    UNKNOWN = "unknown", _("The answer was lost")
    UNSUPPORTED = "unsupported", _("This portal does not use that road")
