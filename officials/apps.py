from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from esachivalaya.common.registry import duties


class OfficialsConfig(AppConfig):
    name = "officials"
    verbose_name = _("Offices")

    def ready(self) -> None:
        from officials import checks, permissions

        checks.register_all()
        duties.add(permissions.duties)
