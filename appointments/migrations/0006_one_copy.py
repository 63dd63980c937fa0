"""Papers refer to one copy of each content. Files that are there stay where they are."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def share_copies(apps: Any, _schema_editor: Any) -> None:
    """Give each content its row; further copies of it are left to the sweep of files."""
    attachment = apps.get_model("appointments", "Attachment")
    stored_file = apps.get_model("common", "StoredFile")
    for paper in attachment.objects.order_by("pk").iterator():
        stored, _made = stored_file.objects.get_or_create(
            sha256=paper.sha256,
            defaults={
                "file": paper.file.name,
                "content_type": paper.content_type,
                "size": paper.size,
                "pages": None if paper.content_type == "application/pdf" else 1,
            },
        )
        attachment.objects.filter(pk=paper.pk).update(stored=stored)


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0005_draws"),
        ("common", "0003_stored_files"),
    ]

    operations = [
        migrations.AddField(
            model_name="attachment",
            name="stored",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="common.storedfile",
            ),
        ),
        migrations.RunPython(share_copies, migrations.RunPython.noop, elidable=True),
        # Rows that were touched must have their constraints checked before the table is changed.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="attachment",
            name="stored",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="common.storedfile",
            ),
        ),
        migrations.RemoveConstraint(
            model_name="attachment", name="appointments_attachment_content_type_choices"
        ),
        migrations.RemoveField(model_name="attachment", name="content_type"),
        migrations.RemoveField(model_name="attachment", name="file"),
        migrations.RemoveField(model_name="attachment", name="sha256"),
        migrations.RemoveField(model_name="attachment", name="size"),
    ]
