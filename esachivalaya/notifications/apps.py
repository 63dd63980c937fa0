from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from esachivalaya.common import registry


class NotificationsConfig(AppConfig):
    name = "esachivalaya.notifications"
    label = "notifications"
    verbose_name = _("Messages")

    def ready(self) -> None:
        from esachivalaya.notifications import checks, permissions, queue_age

        registry.duties.add(permissions.duties)
        registry.readiness.add(queue_age.readiness)
        registry.measures.add(queue_age.oldest_due_message)
        checks.register_all()
