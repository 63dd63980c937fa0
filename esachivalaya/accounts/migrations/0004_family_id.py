from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_numbers")]

    operations = [
        migrations.AddIndex(
            model_name="citizen",
            index=models.Index(
                condition=models.Q(("family_id", ""), _negated=True),
                fields=["family_id"],
                name="citizen_family_id",
            ),
        ),
    ]
