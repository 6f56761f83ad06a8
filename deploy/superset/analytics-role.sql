-- The user as whom Superset reads (service `superset-user`), with bounds on what that costs. For who may create roles.
-- The password is the setting analytics.password; run again, it is set again.
do $$
begin
  if not exists (select from pg_roles where rolname = 'sono_analytics') then
    create role sono_analytics;
  end if;
  execute format(
    'alter role sono_analytics login connection limit 10 password %L',
    current_setting('analytics.password')
  );
end
$$;
alter role sono_analytics set statement_timeout = '30s';
alter role sono_analytics set idle_in_transaction_session_timeout = '60s';
alter role sono_analytics set default_transaction_read_only = on;
-- Estimates for lists in documents are far too high: compiling for them takes longer than the query.
alter role sono_analytics set jit = off;
