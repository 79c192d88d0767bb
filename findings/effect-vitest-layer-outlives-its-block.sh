#!/usr/bin/env bash
# @effect/vitest 0.29.0: `layer(...)` leaves its `it.effect` on the shared `it`.
#
# Behaviour: the function that `layer(L)("block", (it) => …)` hands to its callback is not a new `it`: the methods of the
# block are assigned to the one that all blocks share. Every `describe` that is collected later in the file, and with
# `isolate: false` every later file of the process, therefore runs its `it.effect` in the runtime of that block: with its
# services, and with its TestClock as the block has left it.
# Seen: a test beside the block, which should begin at 0 on a TestClock of its own, begins at 60000.
# Hurts: whoever writes one `layer` block and other tests after it, or turns isolation off to save time: tests depend on
# their order, and may pass for the wrong reason. Cure until it changes: keep such a block at the end of its file, and
# call `makeMethods` of @effect/vitest on `it` at the start of each file.
#
# Exit 0: as described. Exit 1: it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
printf '{ "private": true, "type": "module" }\n' >package.json
npm install --no-audit --no-fund --loglevel=error effect@3.22.4 @effect/vitest@0.29.0 vitest@3.2.7 >/dev/null
cat >clock.test.js <<'TEST'
import { describe, it, layer } from "@effect/vitest"
import { Clock, Effect, Layer, TestClock } from "effect"

layer(Layer.empty)("a block", (it) => {
  it.effect("moves its clock by a minute", () => TestClock.adjust("1 minute"))
})

describe("beside it", () => {
  it.effect("a test of its own", () =>
    Effect.map(Clock.currentTimeMillis, (now) => process.stdout.write(`begins at ${now}\n`))
  )
})
TEST
seen=$(npx vitest run --root . --disable-console-intercept 2>&1 | grep -o 'begins at [0-9]*' || true)
printf '@effect/vitest 0.29.0, vitest 3.2.7: a test beside a layer block %s\n' "$seen"
[ "$seen" = "begins at 60000" ]
