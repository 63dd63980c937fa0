from django.db import migrations

from esachivalaya.common.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("appointments", "0001_initial")]
    operations = [AppendOnly("appointments_breach"), AppendOnly("appointments_ladderstep")]
