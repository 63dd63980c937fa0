from django.apps import AppConfig

from esachivalaya.common import registry


class CommonConfig(AppConfig):
    name = "esachivalaya.common"
    label = "common"

    def ready(self) -> None:
        from esachivalaya.common import old_rows

        registry.old_rows.add(old_rows.forget_sent_forms)
