#!/usr/bin/env bash
# cron-schedule 6.0.0: `5/15 * * * *` is accepted and runs at minute 5 alone.
#
# Behaviour: a step that follows a number and not a range is dropped without an error. Vixie cron refuses it; Quartz,
# cron-parser and cron read minutes 5, 20, 35 and 50.
# Seen: minutes 5.
# Hurts: anyone who brings an expression from one of those: three of four runs are missing, and nothing says so.
#
# Exit 0: as described. Exit 1: it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
printf '{ "private": true, "type": "module" }\n' >package.json
npm install --no-audit --no-fund --loglevel=error cron-schedule@6.0.0 >/dev/null
cat >ask.js <<'JS'
import { parseCronExpression } from "cron-schedule"
process.stdout.write([...parseCronExpression("5/15 * * * *").minutes].join(","))
JS
seen=$(node ask.js)
printf 'cron-schedule 6.0.0, 5/15 * * * *: minutes %s\n' "$seen"
[ "$seen" = "5" ]
