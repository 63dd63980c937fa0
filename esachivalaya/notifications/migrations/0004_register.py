from django.db import migrations, models

from esachivalaya.common.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("notifications", "0003_delivery")]

    operations = [
        migrations.AddField(
            model_name="messagetemplate",
            name="dlt_text_en",
            field=models.TextField(
                blank=True, db_default="", verbose_name="registered text, English"
            ),
        ),
        migrations.AddField(
            model_name="messagetemplate",
            name="dlt_text_hi",
            field=models.TextField(
                blank=True, db_default="", verbose_name="registered text, Hindi"
            ),
        ),
        # A version that was used is never changed; a new one is made.
        AppendOnly("notifications_messagetemplate"),
    ]
