from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "esachivalaya.accounts"
    label = "accounts"
    verbose_name = _("People who sign in")

    def ready(self) -> None:
        # Models are there only now.
        from esachivalaya.accounts.permissions import duties_of, message_operators
        from esachivalaya.accounts.services import erasing, retention
        from esachivalaya.accounts.services.codes import remove_old_codes
        from esachivalaya.common.registry import duties, old_rows, old_rows_apart
        from esachivalaya.common.registry import message_operators as operators

        duties.add(duties_of)
        operators.add(message_operators)
        old_rows.add(remove_old_codes)
        old_rows.add(retention.forget_sessions)
        old_rows.add(retention.forget_failed_sign_ins)
        old_rows.add(retention.forget_numbers)
        old_rows_apart.add(erasing.erase_dormant)
