"""Who may see an item stands in the index of its words as well, kept by the database."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

# Desks by their number, sections by theirs below nothing: one list for one index.
KEEP = """
CREATE FUNCTION eoffice_seen_by(of_item bigint) RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(coalesce(access.desk_id, -access.section_id)), '{}')
      FROM eoffice_access AS access WHERE access.item_id = of_item
$$;

-- Locked first, so that each list is made after what another transaction gave has been committed.
CREATE FUNCTION eoffice_keep_seen_by() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM FROM eoffice_item WHERE id IN (SELECT item_id FROM gone)
          ORDER BY id FOR NO KEY UPDATE;
        UPDATE eoffice_item AS item SET seen_by = eoffice_seen_by(item.id)
         WHERE item.id IN (SELECT item_id FROM gone);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM FROM eoffice_item WHERE id IN (SELECT item_id FROM come)
          ORDER BY id FOR NO KEY UPDATE;
        UPDATE eoffice_item AS item SET seen_by = eoffice_seen_by(item.id)
         WHERE item.id IN (SELECT item_id FROM come);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER access_given AFTER INSERT ON eoffice_access
    REFERENCING NEW TABLE AS come
    FOR EACH STATEMENT EXECUTE FUNCTION eoffice_keep_seen_by();
CREATE TRIGGER access_changed AFTER UPDATE ON eoffice_access
    REFERENCING OLD TABLE AS gone NEW TABLE AS come
    FOR EACH STATEMENT EXECUTE FUNCTION eoffice_keep_seen_by();
CREATE TRIGGER access_taken AFTER DELETE ON eoffice_access
    REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION eoffice_keep_seen_by();

UPDATE eoffice_item AS item SET seen_by = eoffice_seen_by(item.id)
 WHERE EXISTS (SELECT FROM eoffice_access AS access WHERE access.item_id = item.id);
"""
LEAVE = """
DROP TRIGGER access_given ON eoffice_access;
DROP TRIGGER access_changed ON eoffice_access;
DROP TRIGGER access_taken ON eoffice_access;
DROP FUNCTION eoffice_keep_seen_by();
DROP FUNCTION eoffice_seen_by(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("eoffice", "0004_what_is_void_stays_void")]

    operations = [
        migrations.AddField(
            model_name="item",
            name="seen_by",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), db_default=[], editable=False
            ),
        ),
        migrations.RunSQL(KEEP, LEAVE),
        # One index for the search: whose an item is, then its words, then its number.
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
