#!/usr/bin/env bash
# effect 3.22.4: `Schedule.cron(...)` with `Schedule.jittered` runs several times for one instant.
#
# Behaviour: jitter multiplies the delay until the next match by 0.8 to 1.2. A delay that it shortens ends before the match;
# the schedule is stepped again there, answers the same match, and that delay is shortened in turn, and so on up to the match.
# Seen: 24 hours of `0 * * * *`, stepped as a driver steps it, each factor at its lowest: 240 runs.
# Hurts: anyone who adds jitter to spread the load of an hourly job over many machines: most of them run it twice and more.
# Cure until it changes: a random sleep in the job, not in the schedule.
#
# Exit 0: as described. Exit 1: it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
printf '{ "private": true, "type": "module" }\n' >package.json
npm install --no-audit --no-fund --loglevel=error effect@3.22.4 >/dev/null
cat >ask.js <<'JS'
import { Effect, Random, Schedule, ScheduleIntervals } from "effect"
const lowest = Object.create(Random.make(1), { next: { value: Effect.succeed(0) } })
const schedule = Schedule.cron("0 * * * *", "UTC").pipe(Schedule.jittered)
const day = Date.parse("2026-06-02T00:00:00Z")
let [now, state, runs] = [Date.parse("2026-06-01T00:00:00Z"), schedule.initial, 0]
while (now < day) {
  const [next, , decision] = Effect.runSync(Effect.withRandom(schedule.step(now, undefined, state), lowest))
  state = next
  // timers count whole milliseconds
  now = Math.max(now + 1, Math.ceil(ScheduleIntervals.start(decision.intervals)))
  runs += 1
}
process.stdout.write(String(runs))
JS
seen=$(TZ=UTC node ask.js)
printf 'effect 3.22.4, an hourly cron with jitter at its lowest, 24 hours: %s runs\n' "$seen"
[ "$seen" = "240" ]
