#!/usr/bin/env bash
# effect 3.22.4 (Array.groupBy): what is grouped under the text `__proto__` is lost without a word.
#
# Behaviour: the groups are the fields of a plain object, and a group of that name becomes its prototype in place of a field:
# no loop over the fields meets it. Names such as `constructor` are kept.
# Seen: 3 values in, 2 values in the groups: constructor, a
# Hurts: anyone who groups by a name that users choose, such as that of a queue, a tag or a customer: totals are too low, and
# nothing says so. Cure until it changes: a Map, or Array.groupWith on sorted values.
#
# Exit 0: as described. Exit 1: it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
printf '{ "private": true, "type": "module" }\n' >package.json
npm install --no-audit --no-fund --loglevel=error effect@3.22.4 >/dev/null
cat >ask.js <<'JS'
import { Array } from "effect"
const groups = Array.groupBy(["__proto__", "constructor", "a"], (name) => name)
const kept = Object.values(groups).flat()
process.stdout.write(`3 values in, ${kept.length} values in the groups: ${kept.join(", ")}`)
JS
seen=$(node ask.js)
printf 'effect 3.22.4, Array.groupBy: %s\n' "$seen"
[ "$seen" = "3 values in, 2 values in the groups: constructor, a" ]
