#!/bin/sh
# Runs once, when the database's volume is empty: two roles, one that owns the tables and one for
# the portal that owns nothing.
set -eu

psql --set ON_ERROR_STOP=1 --username postgres --dbname postgres \
    --set owner_password="$DATABASE_OWNER_PASSWORD" --set password="$DATABASE_PASSWORD" <<'SQL'
CREATE ROLE esachivalaya_owner LOGIN NOSUPERUSER NOCREATEROLE PASSWORD :'owner_password';
CREATE ROLE esachivalaya LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE esachivalaya OWNER esachivalaya_owner;
SQL

psql --set ON_ERROR_STOP=1 --username postgres --dbname esachivalaya <<'SQL'
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT CREATE, USAGE ON SCHEMA public TO esachivalaya_owner;
GRANT USAGE ON SCHEMA public TO esachivalaya;
ALTER DEFAULT PRIVILEGES FOR ROLE esachivalaya_owner
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO esachivalaya;
ALTER DEFAULT PRIVILEGES FOR ROLE esachivalaya_owner
    GRANT USAGE ON SEQUENCES TO esachivalaya;
SQL
