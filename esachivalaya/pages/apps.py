from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from esachivalaya.common import registry


class PagesConfig(AppConfig):
    name = "esachivalaya.pages"
    label = "pages"
    verbose_name = _("pages and feedback")

    def ready(self) -> None:
        from esachivalaya.pages import notices, services
        from esachivalaya.pages.permissions import duties

        registry.duties.add(duties)
        registry.old_rows.add(services.forget_old)
        registry.closed_portal.add(notices.closed)
