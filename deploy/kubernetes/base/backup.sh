# A dump of the database and the uploads of the same hour, in /backups; those older than KEEP_DAYS go.
set -euo pipefail
umask 077
cd "${BACKUPS:-/backups}"
# libpq refuses what only the service understands.
url=$(printf %s "$DATABASE_URL" | sed -E 's/([?&])max_connections=[0-9]+&?/\1/; s/[?&]$//')
stamp=$(date -u +%Y%m%dT%H%M%SZ)
trap 'rm -f "$stamp".*.new' EXIT
# The database first: what it names is among the files, which are removed a day after nothing names them.
pg_dump --dbname="$url" --format=custom --no-owner --file="$stamp.dump.new"
tar --create --file="$stamp.files.tar.new" --directory="${DATA_DIR:-/app/data}" .
sync
mv "$stamp.files.tar.new" "$stamp.files.tar"
mv "$stamp.dump.new" "$stamp.dump"
# For the metrics, the alert BackupTooOld and the doctor.
bytes=$(($(stat --format=%s "$stamp.dump") + $(stat --format=%s "$stamp.files.tar")))
psql --no-psqlrc --quiet --dbname="$url" --set=ON_ERROR_STOP=1 --command="insert into backup_runs
  (id, kind, backup, bytes, finished_at) values (gen_random_uuid(), 'backup', '$stamp', $bytes, now())"
find . -maxdepth 1 -type f \( -name '*.dump' -o -name '*.files.tar' \) -mtime +"${KEEP_DAYS:-14}" -delete
echo "$stamp"
