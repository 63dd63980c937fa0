from django.conf import settings
from django.db import migrations, models

from esachivalaya.common.append_only import SealedWhen


class Migration(migrations.Migration):
    dependencies = [
        ("eoffice", "0003_entries_of_letters_and_silence"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # An approval is voided once, and never given back its force.
        SealedWhen("eoffice_approval", "OLD.voided_at IS NOT NULL"),
        migrations.RemoveConstraint(
            model_name="movement",
            name="movement_by_somebody",
        ),
        migrations.AddConstraint(
            model_name="movement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("act", "silent"),
                        ("by__isnull", True),
                        ("charge_kind", ""),
                        ("from_desk__isnull", True),
                        ("to_desk__isnull", False),
                    ),
                    models.Q(
                        ("by__isnull", False),
                        ("from_desk__isnull", False),
                        models.Q(("act", "silent"), _negated=True),
                        models.Q(("charge_kind", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="movement_by_somebody",
            ),
        ),
    ]
