"""The words of messages are there as soon as the table is."""

from typing import Any

from django.db import migrations

from esachivalaya.notifications import templates


def load(apps: Any, _schema_editor: Any) -> None:
    templates.load(apps.get_model("notifications", "MessageTemplate"))


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
