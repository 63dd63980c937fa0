from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DemoConfig(AppConfig):
    name = "esachivalaya.demo"
    label = "demo"
    verbose_name = _("Demo")

    def ready(self) -> None:
        # Models are there only now.
        from esachivalaya.common import registry
        from esachivalaya.demo.sign_ins import second_factors

        registry.demo_codes.add(second_factors)
