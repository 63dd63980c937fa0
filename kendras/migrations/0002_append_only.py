from django.db import migrations

from esachivalaya.common.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("kendras", "0001_initial")]

    operations = [
        AppendOnly("kendras_consent"),
        AppendOnly("kendras_assistedbooking", may_change=("request_id", "slip_printed_at")),
        AppendOnly("kendras_lookup"),
    ]
