# Restores the newest dump into a PostgreSQL of its own, which ends with the pod, and counts what is in it.
set -euo pipefail
newest=$(find /backups -maxdepth 1 -name '*.dump' | sort | tail -n 1)
[ -n "$newest" ] || { echo 'There is no backup.' >&2; exit 1; }
age=$((($(date +%s) - $(stat --format=%Y "$newest")) / 3600))
[ "$age" -lt "${MOST_HOURS:-26}" ] || { echo "The newest backup is $age hours old." >&2; exit 1; }
export PGDATA=/tmp/data PGHOST=/tmp PGUSER=verify PGDATABASE=postgres
initdb --username=verify --auth=trust >/dev/null
pg_ctl --wait --options='-c listen_addresses= -c unix_socket_directories=/tmp -c fsync=off' start >/dev/null
trap 'pg_ctl --mode=immediate stop >/dev/null' EXIT
pg_restore --exit-on-error --no-owner --dbname=postgres "$newest"
for table in candidates assessments files audit_events; do
  echo "$table $(psql --no-psqlrc --tuples-only --no-align --command="select count(*) from $table")"
done
tar --list --file="${newest%.dump}.files.tar" >/dev/null
echo "$newest restores."
