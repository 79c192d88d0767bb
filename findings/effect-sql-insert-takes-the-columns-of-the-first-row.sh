#!/usr/bin/env bash
# @effect/sql 0.52.1: `sql.insert([...])` takes the columns of the first row, and drops what only later rows have.
#
# Behaviour: rows of different shapes are accepted by types and at run time. The statement names the columns of the first
# row; a column that only a later row has is left out, so that row gets NULL or the default there.
# Seen: INSERT INTO job ("name") VALUES (?),(?) with ["a","b"]: the priority of the second row is gone.
# Hurts: anyone who inserts objects with optional fields: data are lost without an error, depending on the order of the rows.
# Cure until it changes: write each optional column in each row, as null where there is none.
#
# Exit 0: as described. Exit 1: it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
printf '{ "private": true, "type": "module" }\n' >package.json
npm install --no-audit --no-fund --loglevel=error --ignore-scripts \
  effect@3.22.4 @effect/sql@0.52.1 @effect/platform@0.97.2 @effect/experimental@0.61.1 >/dev/null
cat >ask.js <<'JS'
import { Statement } from "@effect/sql"
import { Effect } from "effect"
const sql = Statement.make(Effect.die("no connection"), Statement.makeCompilerSqlite(), [], undefined)
const rows = [{ name: "a" }, { name: "b", priority: 1 }]
process.stdout.write(JSON.stringify(sql`INSERT INTO job ${sql.insert(rows)}`.compile()))
JS
seen=$(node ask.js)
printf '@effect/sql 0.52.1: %s\n' "$seen"
[ "$seen" = '["INSERT INTO job (\"name\") VALUES (?),(?)",["a","b"]]' ]
