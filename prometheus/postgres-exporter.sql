-- The user as whom postgres-exporter asks: it reads statistics and settings (pg_monitor), and no table.
-- Run at each start (service `exporter-user`), so that a database of before has it, too.
do $$
begin
  if not exists (select from pg_roles where rolname = 'exporter') then
    create role exporter;
  end if;
  execute format(
    'alter role exporter login connection limit 5 password %L',
    current_setting('exporter.password')
  );
  grant pg_monitor to exporter;
end
$$;
