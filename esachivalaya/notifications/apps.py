from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from esachivalaya.common import registry


class NotificationsConfig(AppConfig):
    name = "esachivalaya.notifications"
    label = "notifications"
    verbose_name = _("Messages")

    def ready(self) -> None:
        from esachivalaya.notifications import (
            breakers,
            checks,
            inbound,
            permissions,
            queue_age,
            retention,
        )

        registry.duties.add(permissions.duties)
        registry.readiness.add(queue_age.readiness)
        registry.readiness.add(breakers.readiness)
        registry.measures.add(queue_age.oldest_due_message)
        registry.old_rows.add(inbound.remove_old)
        for forget in (retention.forget_codes, retention.redact, retention.forget_marks):
            registry.old_rows.add(forget)
        checks.register_all()
