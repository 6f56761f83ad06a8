-- What sono_analytics reads: the views, those of later versions as well, and nothing else. For the user of DATABASE_URL,
-- who owns them, once the migrations are applied; and again after a restore, since backups hold no rights.
grant usage on schema analytics to sono_analytics;
grant select on all tables in schema analytics to sono_analytics;
alter default privileges in schema analytics grant select on tables to sono_analytics;
