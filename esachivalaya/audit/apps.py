from django.apps import AppConfig
from django.core import checks


class AuditConfig(AppConfig):
    name = "esachivalaya.audit"
    label = "audit"

    def ready(self) -> None:
        from esachivalaya.audit.checks import own_key

        checks.register(own_key, deploy=True)
