#!/usr/bin/env bash
# cronstrue 3.39.0: `*/45 * * * *` is "Every 45 minutes", and runs 45 and 15 minutes apart.
#
# Behaviour: a step that does not divide the field is told as an interval. The expression names minutes 0 and 45 of each hour.
# Seen: Every 45 minutes
# Hurts: people who read the words in a form and not the expression, and expect 32 runs a day: there are 48.
#
# Exit 0: as described. Exit 1: it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
printf '{ "private": true, "type": "module" }\n' >package.json
npm install --no-audit --no-fund --loglevel=error cronstrue@3.39.0 croner@11.0.1 >/dev/null
cat >ask.js <<'JS'
import cronstrue from "cronstrue"
import { Cron } from "croner"
const expression = "*/45 * * * *"
const day = new Cron(expression, { timezone: "UTC", paused: true }).nextRuns(100, new Date("2026-06-01T00:00:00Z"))
const runs = day.filter((date) => date <= new Date("2026-06-02T00:00:00Z")).length
process.stdout.write(`${cronstrue.toString(expression)}, ${runs} times a day`)
JS
seen=$(node ask.js)
printf 'cronstrue 3.39.0 and croner 11.0.1, */45 * * * *: %s\n' "$seen"
[ "$seen" = "Every 45 minutes, 48 times a day" ]
