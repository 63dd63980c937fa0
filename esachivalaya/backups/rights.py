"""What the portal's role may do with each table: an append-only record stays one when restored.

New tables get rights by default (ALTER DEFAULT PRIVILEGES); pg_dump writes down what was granted,
never what was taken away from those. Restored as it stands, the portal could change and delete
what it may only add to. So the defaults are lifted while a dump is loaded, and the result is
compared.
"""

from typing import Any

from django.conf import settings
from django.db import connection
from psycopg2 import sql

HELD = """
SELECT c.relname, array_agg(a.privilege_type ORDER BY a.privilege_type)
  FROM pg_class c, aclexplode(c.relacl) a
 WHERE c.relnamespace = 'public'::regnamespace AND a.grantee = %s::regrole
 GROUP BY 1 ORDER BY 1
"""
BY_DEFAULT = """
SELECT d.defaclobjtype::text, n.nspname, array_agg(a.privilege_type)
  FROM pg_default_acl d
  LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace, aclexplode(d.defaclacl) a
 WHERE d.defaclrole = current_user::regrole AND a.grantee = %s::regrole
 GROUP BY 1, 2
"""
KINDS = {"r": "TABLES", "S": "SEQUENCES", "f": "FUNCTIONS", "T": "TYPES", "n": "SCHEMAS"}


def held(cursor: Any) -> dict[str, list[str]]:
    """Return for each table and sequence what the portal's role may do with it."""
    cursor.execute(HELD, [_role()])
    return {name: list(rights) for name, rights in cursor.fetchall()}


def by_default() -> tuple[str, str]:
    """Return what takes the rights by default from the portal's role, and what gives them back.

    Both belong into the transaction that loads the dump: then nobody ever sees them taken away, and
    no restore that is killed leaves them so.
    """
    with connection.cursor() as cursor:
        cursor.execute(BY_DEFAULT, [_role()])
        found = cursor.fetchall()
        taken = [_change(cursor, "REVOKE", *one) for one in found]
        given = [_change(cursor, "GRANT", *one) for one in found]
    return "\n".join(taken), "\n".join(given)


def _change(cursor: Any, verb: str, kind: str, schema: str | None, rights: list[str]) -> str:
    said = sql.SQL(
        "ALTER DEFAULT PRIVILEGES {where} {verb} {rights} ON {kind} {to} {role};"
    ).format(
        where=sql.SQL("IN SCHEMA {}").format(sql.Identifier(schema)) if schema else sql.SQL(""),
        verb=sql.SQL(verb),
        rights=sql.SQL(", ").join(map(sql.SQL, rights)),
        kind=sql.SQL(KINDS[kind]),
        to=sql.SQL("TO" if verb == "GRANT" else "FROM"),
        role=sql.Identifier(settings.DATABASE_APP_ROLE),
    )
    return str(said.as_string(cursor.connection))


def _role() -> str:
    """The role's name as regrole reads it."""
    return '"' + settings.DATABASE_APP_ROLE.replace('"', '""') + '"'
