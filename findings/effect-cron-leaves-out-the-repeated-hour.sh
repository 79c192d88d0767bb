#!/usr/bin/env bash
# effect 3.22.4 (Cron.next, Schedule.cron): a pace has no run in the hour that comes twice.
#
# Behaviour: Europe/Berlin puts its clock back from 03:00 to 02:00 on 25 October 2026 (01:00 UTC). `*/30 * * * *` has
# readings of the wall at 00:00, 00:30, 01:00, 01:30 and 02:00 UTC; the second showing of the hour is passed over.
# Seen: 00:00 00:30 02:00 02:30
# Hurts: anyone who polls or beats every few minutes in a local zone: ninety minutes of silence once a year, which looks like an
# outage. Cure until it changes: UTC, or an interval in place of a cron expression.
#
# Exit 0: as described. Exit 1: it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
printf '{ "private": true, "type": "module" }\n' >package.json
npm install --no-audit --no-fund --loglevel=error effect@3.22.4 >/dev/null
cat >ask.js <<'JS'
import { Cron, Either } from "effect"
const cron = Either.getOrThrow(Cron.parse("*/30 * * * *", "Europe/Berlin"))
const dates = Cron.sequence(cron, new Date("2026-10-24T23:45:00Z"))
process.stdout.write(Array.from({ length: 4 }, () => dates.next().value.toISOString().slice(11, 16)).join(" "))
JS
seen=$(node ask.js)
printf 'effect 3.22.4, */30 * * * * in Europe/Berlin on 25 October 2026, UTC: %s\n' "$seen"
[ "$seen" = "00:00 00:30 02:00 02:30" ]
