from django.apps import AppConfig

from esachivalaya.common import registry


class CommonConfig(AppConfig):
    name = "esachivalaya.common"
    label = "common"

    def ready(self) -> None:
        from django.conf import settings

        from esachivalaya.common import (
            old_rows,
            pending_imports,
            request_ids,
            scanner,
            stored_files,
        )

        request_ids.connect()
        registry.old_rows.add(old_rows.forget_sent_forms)
        registry.old_rows.add(stored_files.remove_old)
        registry.old_rows.add(pending_imports.forget_old)
        if settings.CLAMD_ADDRESS:
            registry.readiness.add(scanner.readiness)
