"""Tables whose rows nobody changes or deletes: the database refuses, whoever asks."""

from typing import Any

from django.conf import settings
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation

FUNCTION = """
CREATE OR REPLACE FUNCTION portal_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$
"""


class AppendOnly(Operation):
    """Migration operation that closes ``table`` to UPDATE and DELETE.

    A trigger refuses both for every role, the owner included; the portal's own role loses the
    privilege as well, TRUNCATE with it. With ``may_change`` the named columns stay changeable
    (a status beside sealed content), and only DELETE and changes of the others are refused.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, table: str, may_change: tuple[str, ...] = ()) -> None:
        self.table = table
        self.may_change = may_change

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (self.__class__.__qualname__, [self.table, self.may_change], {})

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The tables' shape stays as it is."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *_states: Any
    ) -> None:
        table = schema_editor.quote_name(self.table)
        trigger = schema_editor.quote_name(f"{self.table}_append_only")
        role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
        schema_editor.execute(FUNCTION, params=None)
        when = ""
        if self.may_change:
            kept = "ARRAY[" + ", ".join(f"'{column}'" for column in self.may_change) + "]"
            guard = schema_editor.quote_name(f"{self.table}_sealed")
            schema_editor.execute(
                f"CREATE TRIGGER {guard} BEFORE UPDATE ON {table} FOR EACH ROW "
                f"WHEN (to_jsonb(OLD) - {kept} IS DISTINCT FROM to_jsonb(NEW) - {kept}) "
                "EXECUTE FUNCTION portal_refuse_change()",
                params=None,
            )
            events = "DELETE"
        else:
            events = "UPDATE OR DELETE"
        schema_editor.execute(
            f"CREATE TRIGGER {trigger} BEFORE {events} ON {table} FOR EACH ROW {when}"
            "EXECUTE FUNCTION portal_refuse_change()",
            params=None,
        )
        owner = schema_editor.connection.settings_dict["USER"]
        if owner != settings.DATABASE_APP_ROLE:
            revoked = "DELETE, TRUNCATE" if self.may_change else "UPDATE, DELETE, TRUNCATE"
            schema_editor.execute(f"REVOKE {revoked} ON {table} FROM {role}", params=None)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *_states: Any
    ) -> None:
        table = schema_editor.quote_name(self.table)
        for name in (f"{self.table}_append_only", f"{self.table}_sealed"):
            schema_editor.execute(
                f"DROP TRIGGER IF EXISTS {schema_editor.quote_name(name)} ON {table}", params=None
            )

    def describe(self) -> str:
        return f"Refuse changes to rows of {self.table}"


class SealedWhen(Operation):
    """Migration operation that closes those rows of ``table`` for which ``condition`` holds.

    ``condition`` is SQL over the stored row, with its columns as ``OLD.column``. A row that it
    fits takes no UPDATE and no DELETE from anybody; TRUNCATE the portal's role has no more.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, table: str, condition: str) -> None:
        self.table = table
        self.condition = condition

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (self.__class__.__qualname__, [self.table, self.condition], {})

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The tables' shape stays as it is."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *_states: Any
    ) -> None:
        table = schema_editor.quote_name(self.table)
        trigger = schema_editor.quote_name(f"{self.table}_sealed_rows")
        schema_editor.execute(FUNCTION, params=None)
        schema_editor.execute(
            f"CREATE TRIGGER {trigger} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW "
            f"WHEN ({self.condition}) EXECUTE FUNCTION portal_refuse_change()",
            params=None,
        )
        if schema_editor.connection.settings_dict["USER"] != settings.DATABASE_APP_ROLE:
            role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
            schema_editor.execute(f"REVOKE TRUNCATE ON {table} FROM {role}", params=None)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *_states: Any
    ) -> None:
        table = schema_editor.quote_name(self.table)
        trigger = schema_editor.quote_name(f"{self.table}_sealed_rows")
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {trigger} ON {table}", params=None)

    def describe(self) -> str:
        return f"Refuse changes to sealed rows of {self.table}"
