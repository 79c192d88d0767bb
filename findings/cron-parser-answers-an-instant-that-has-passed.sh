#!/usr/bin/env bash
# cron-parser 5.10.5: where a zone puts its clock back by half an hour, `next()` answers an instant before the one asked.
#
# Behaviour: Australia/Lord_Howe puts its clock back from 02:00 to 01:30 on 5 April 2026 (15:00 UTC on the 4th). Asked at
# 14:15 UTC, when the wall shows 01:15, for the next match of `0 * * * *`, the parser answers 14:00 UTC, which has passed. The
# wall shows the next full hour, 02:00, at 15:30 UTC.
# Seen: 2026-04-04T14:00:00.000Z.
# Hurts: a scheduler that sleeps until `next()` has a delay below zero there, and runs at once, again and again until the
# clock has passed it. Croner 11.0.1 answers 15:30 UTC.
#
# Exit 0: as described. Exit 1: it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
printf '{ "private": true, "type": "module" }\n' >package.json
npm install --no-audit --no-fund --loglevel=error cron-parser@5.10.5 croner@11.0.1 >/dev/null
cat >ask.js <<'JS'
import { CronExpressionParser } from "cron-parser"
import { Cron } from "croner"
const asked = new Date("2026-04-04T14:15:00Z")
const parsed = CronExpressionParser.parse("0 * * * *", { tz: "Australia/Lord_Howe", currentDate: asked })
const other = new Cron("0 * * * *", { timezone: "Australia/Lord_Howe", paused: true }).nextRun(asked)
process.stdout.write(`${parsed.next().toISOString()}, croner ${other.toISOString()}`)
JS
seen=$(node ask.js)
printf 'cron-parser 5.10.5, Australia/Lord_Howe, asked at 14:15 UTC: next is %s\n' "$seen"
[ "$seen" = "2026-04-04T14:00:00.000Z, croner 2026-04-04T15:30:00.000Z" ]
