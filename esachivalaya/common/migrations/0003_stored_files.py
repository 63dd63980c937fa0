from django.db import migrations, models

import esachivalaya.common.clock
import esachivalaya.common.fields

TYPES = [("application/pdf", "PDF"), ("image/jpeg", "JPEG"), ("image/png", "PNG")]


class Migration(migrations.Migration):
    dependencies = [("common", "0002_extensions")]

    operations = [
        migrations.CreateModel(
            name="StoredFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sha256", models.CharField(max_length=64, unique=True)),
                ("file", models.FileField(max_length=160, unique=True, upload_to="")),
                ("content_type", esachivalaya.common.fields.ChoiceField(choices=TYPES)),
                ("size", models.PositiveIntegerField()),
                ("pages", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "made_at",
                    models.DateTimeField(db_default=esachivalaya.common.clock.ClockTimestamp()),
                ),
                ("checked_at", models.DateTimeField(blank=True, null=True)),
                ("checked_by", models.CharField(blank=True, default="", max_length=32)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("content_type__in", ["application/pdf", "image/jpeg", "image/png"])
                        ),
                        name="common_storedfile_content_type_choices",
                    )
                ],
            },
        ),
    ]
