from django.db import migrations

from esachivalaya.common.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [AppendOnly("audit_entry"), AppendOnly("audit_anchor")]
