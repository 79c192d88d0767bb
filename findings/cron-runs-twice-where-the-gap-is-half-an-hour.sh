#!/usr/bin/env bash
# cron 4.4.0 (CronTime): a daily job runs twice on the day on which a zone skips half an hour, the first time too early.
#
# Behaviour: Australia/Lord_Howe puts its clock forward from 02:00 to 02:30 on 4 October 2026, so `15 2 * * *` has no reading
# of the wall on that day. CronTime answers 15:15 UTC, when the wall shows 01:45, before the gap; asked from there it answers
# 15:45 UTC of the same day, when the wall shows 02:45. A gap of a whole hour (Europe/Berlin) gives one run.
# Seen: 2026-10-03T15:15:00.000Z 2026-10-03T15:45:00.000Z
# Hurts: what is to be done once a day, such as a bill, in the zones that do not move their clock by a whole hour.
#
# Exit 0: as described. Exit 1: it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
printf '{ "private": true, "type": "module" }\n' >package.json
npm install --no-audit --no-fund --loglevel=error cron@4.4.0 >/dev/null
cat >ask.js <<'JS'
import { CronTime } from "cron"
const zone = "Australia/Lord_Howe"
const time = new CronTime("15 2 * * *", zone)
const first = time.getNextDateFrom(new Date("2026-10-03T00:00:00Z"), zone)
const second = time.getNextDateFrom(first.toJSDate(), zone)
process.stdout.write([first, second].map((date) => date.toJSDate().toISOString()).join(" "))
JS
seen=$(node ask.js)
printf 'cron 4.4.0, 15 2 * * * in Australia/Lord_Howe: %s\n' "$seen"
[ "$seen" = "2026-10-03T15:15:00.000Z 2026-10-03T15:45:00.000Z" ]
