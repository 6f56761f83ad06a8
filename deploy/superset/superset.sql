-- A database for what Superset keeps (users, charts, queries), and the user that owns it and nothing else.
-- The password is the setting superset.password; run again, it is set again.
select 'create role superset login' where not exists (select from pg_roles where rolname = 'superset') \gexec
select format('alter role superset with login nosuperuser nocreatedb nocreaterole password %L', current_setting('superset.password')) \gexec
select 'create database superset owner superset' where not exists (select from pg_database where datname = 'superset') \gexec
revoke all on database superset from public;
