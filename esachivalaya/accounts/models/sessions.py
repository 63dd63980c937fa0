"""The sign-ins of a person, as they see them on their own page."""

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models
from django.utils.translation import gettext as _

from esachivalaya.common.clock import ClockTimestamp


class SessionRecord(models.Model):
    """Whose session this is, since when, and in which browser.

    Django's session table does not say whose a session is; finding a person's sessions would mean
    opening everybody's. This row hangs on the session and goes with it: signing out, expiry and
    "sign out elsewhere" remove one thing, never two that could differ. It costs one insert for
    each sign-in and nothing for each page.
    """

    session = models.OneToOneField(Session, primary_key=True, on_delete=models.CASCADE)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="session_records"
    )
    started_at = models.DateTimeField(db_default=ClockTimestamp())
    # "Firefox" and "Android": enough to know one's own device again, useless to follow anybody.
    browser = models.CharField(max_length=20, blank=True)
    system = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name = "session record"

    def __str__(self) -> str:
        return f"session of {self.user_id}"

    @property
    def device(self) -> str:
        """The browser in words."""
        if self.browser and self.system:
            return _("%(browser)s on %(system)s") % {
                "browser": self.browser,
                "system": self.system,
            }
        return self.browser or self.system or _("A browser we do not know")
