from django.db import migrations

from esachivalaya.common.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("plasma", "0001_initial")]

    operations = [
        AppendOnly("plasma_consententry"),
        AppendOnly("plasma_donation"),
        # A policy ends when the next one begins; nothing else of it changes.
        AppendOnly("plasma_policy", may_change=("last_day",)),
    ]
