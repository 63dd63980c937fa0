from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from esachivalaya.common import registry


class EofficeConfig(AppConfig):
    name = "eoffice"
    verbose_name = _("e-Office")

    def ready(self) -> None:
        """Have the ledger's heads sealed with those of the audit; say who works at desks alone."""
        # It reads models, which are loaded only now.
        from eoffice import checks, duties, on_requests, verification
        from eoffice.own_desk import own_desk
        from eoffice.services import charges_passing, pending_scans

        checks.register_all()
        registry.chains.add(verification.chains)
        registry.buttons.add(on_requests.buttons)
        registry.timeline_entries.add(on_requests.timeline)
        registry.own_desk.add(own_desk)
        registry.duties.add(duties.duties)
        registry.charge_passed.add(charges_passing.passed)
        registry.old_rows.add(pending_scans.forget_old)
