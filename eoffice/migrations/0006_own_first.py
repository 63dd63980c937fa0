"""One index for the search: whose an item is, then its words, then its number."""

import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("eoffice", "0005_seen_by")]

    operations = [
        migrations.RemoveIndex(model_name="item", name="item_search"),
        migrations.RemoveIndex(model_name="item", name="item_number_key"),
        migrations.AddIndex(
            model_name="item",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["seen_by", "search", "number_key"],
                name="item_search",
                opclasses=["array_ops", "tsvector_ops", "gin_trgm_ops"],
            ),
        ),
    ]
