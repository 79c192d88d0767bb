#!/usr/bin/env bash
# effect 3.22.4: `Schedule.dayOfMonth(31)` asked in February answers 3 March.
#
# Behaviour: a day that the month does not have overflows into the next month, as in JavaScript's Date, and is not skipped as
# a cron field is: the 31st of February is 3 March, that of April is 1 May.
# Seen: 2026-03-03 2026-05-01
# Hurts: month ends: a report for "the 31st" comes on the 3rd or on the 1st, of another month than meant.
#
# Exit 0: as described. Exit 1: it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
printf '{ "private": true, "type": "module" }\n' >package.json
npm install --no-audit --no-fund --loglevel=error effect@3.22.4 >/dev/null
cat >ask.js <<'JS'
import { Effect, Schedule, ScheduleIntervals } from "effect"
const schedule = Schedule.dayOfMonth(31)
const first = (from) => {
  const [, , decision] = Effect.runSync(schedule.step(Date.parse(from), undefined, schedule.initial))
  return new Date(ScheduleIntervals.start(decision.intervals)).toISOString().slice(0, 10)
}
process.stdout.write([first("2026-02-10T00:00:00Z"), first("2026-04-10T00:00:00Z")].join(" "))
JS
seen=$(TZ=UTC node ask.js)
printf 'effect 3.22.4, dayOfMonth(31) asked on 10 February and on 10 April: %s\n' "$seen"
[ "$seen" = "2026-03-03 2026-05-01" ]
