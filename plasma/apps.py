from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from esachivalaya.common import registry


class PlasmaConfig(AppConfig):
    name = "plasma"
    verbose_name = _("Plasma donors")

    def ready(self) -> None:
        """Tell the portal what charges and roles allow here, and hear of STOP."""
        # They read models, which are loaded only now.
        from plasma import permissions
        from plasma.own_desk import own_desk
        from plasma.services import imports, stopping

        registry.duties.add(permissions.duties)
        registry.own_desk.add(own_desk)
        registry.old_rows.add(imports.forget_old)
        registry.appeals_refused.add(stopping.on_word_of_a_number)
