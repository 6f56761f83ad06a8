#!/usr/bin/env bash
# Does an installation work, as its clients see it? Ends with 1 at the first answer that is wrong.
#   SMOKE_KEY=<an administrator's API key> deploy/smoke.sh https://api.example.com [options of curl]
# It submits one piece of code for a person of its own, waits for the result, and erases that person again.
set -euo pipefail
url=${1:?"Usage: SMOKE_KEY=… $0 URL [options of curl]"}
: "${SMOKE_KEY:?"set it to an administrator's API key"}"
shift
person="smoke-$(date +%s)-$$"

# ask METHOD PATH STATUS [options]: prints the body; a status that is another one ends all.
ask() {
  local method=$1 path=$2 expected=$3 answer status
  shift 3
  answer=$(curl --silent --show-error --max-time 40 --request "$method" --write-out '\n%{http_code}' \
    "${curl_options[@]}" "$@" "$url$path")
  status=${answer##*$'\n'}
  [ "$status" = "$expected" ] || { printf '%s %s: %s, not %s\n%s\n' "$method" "$path" "$status" "$expected" "${answer%$'\n'*}" >&2; exit 1; }
  printf '%s' "${answer%$'\n'*}"
}
curl_options=("$@")
key=(--header "X-API-Key: $SMOKE_KEY" --header 'Content-Type: application/json')
ok() { printf 'ok  %s\n' "$*"; }

ask GET /api/v1/status/liveness 200 >/dev/null
# A process that is just being replaced says that it is not; the next question goes to another one.
for attempt in $(seq 10); do
  (ask GET /api/v1/status/readiness 200 >/dev/null) 2>/dev/null && break
  [ "$attempt" -lt 10 ] || ask GET /api/v1/status/readiness 200 >/dev/null
  sleep 1
done
ok 'it is alive and ready'

health=$(ask GET /health 200)
[ "$(jq -r .status <<<"$health")" = healthy ] || { jq . <<<"$health" >&2; exit 1; }
ok "every component works: $(jq -r '.components | to_entries | map("\(.key) \(.value)") | join(", ")' <<<"$health")"

ask GET /api/v1/candidates 401 >/dev/null
ok 'nobody is let in without a key'

body=$(jq -n --arg person "$person" '{candidate_id: $person, content: {code: "def total(orders):\n    return sum(order.price for order in orders)\n"}}')
job=$(ask POST /api/v1/assessments/async 202 "${key[@]}" --header "Idempotency-Key: $person" --data "$body")
id=$(jq -r .job_id <<<"$job")
again=$(ask POST /api/v1/assessments/async 202 "${key[@]}" --header "Idempotency-Key: $person" --data "$body")
[ "$(jq -r .job_id <<<"$again")" = "$id" ] || { echo "The same key made another job: $again" >&2; exit 1; }
ok 'a submission is taken once, however often it is sent'

for attempt in $(seq 60); do
  state=$(ask GET "/api/v1/assessments/jobs/$id" 200 "${key[@]}")
  case $(jq -r .status <<<"$state") in
    completed) break ;;
    failed | cancelled) jq . <<<"$state" >&2; exit 1 ;;
  esac
  [ "$attempt" -lt 60 ] || { echo "The job has not ended: $state" >&2; exit 1; }
  sleep 1
done
ok 'a worker has assessed it'

stats=$(ask GET "/api/v1/candidates/$person/stats" 200 "${key[@]}")
ok "it is stored: $(jq -c . <<<"$stats" | head -c 120)…"

ask DELETE "/api/v1/candidates/$person" 204 "${key[@]}" >/dev/null
ask GET "/api/v1/candidates/$person" 404 "${key[@]}" >/dev/null
ok 'and erased again'
