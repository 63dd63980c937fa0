from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WatchingConfig(AppConfig):
    name = "esachivalaya.watching"
    label = "watching"
    verbose_name = _("Watching over the portal")

    def ready(self) -> None:
        """Have /readyz judge the regular work, and errors reported where a Sentry is named."""
        from django.conf import settings

        from esachivalaya.common import registry
        from esachivalaya.watching import reporting, work

        registry.readiness.add(work.readiness)
        if settings.SENTRY_DSN:
            reporting.start(settings.SENTRY_DSN)
