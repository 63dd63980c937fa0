"""btree_gist carries the exclusion constraints, pg_trgm the search by part of a word."""

from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("common", "0001_initial")]
    operations = [BtreeGistExtension(), TrigramExtension()]
