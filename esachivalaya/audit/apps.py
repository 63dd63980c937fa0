from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _

from esachivalaya.common import registry


class AuditConfig(AppConfig):
    name = "esachivalaya.audit"
    label = "audit"
    verbose_name = _("Audit record")

    def ready(self) -> None:
        from esachivalaya.audit import history
        from esachivalaya.audit.checks import own_key
        from esachivalaya.audit.permissions import duties

        checks.register(own_key, deploy=True)
        registry.duties.add(duties)
        registry.history.add(history.page)
