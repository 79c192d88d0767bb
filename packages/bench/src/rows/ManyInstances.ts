/**
 * 100,000 stored instances: the heap of each beside its job, and the time of the first tick.
 *
 * The floor reads the same rows and keeps them unchanged.
 */
import Database from "better-sqlite3"
import { Effect } from "effect"
import { Tick } from "tickwork"
import * as File from "../File.ts"
import * as Measure from "../Measure.ts"
import type { Family, Row } from "../Report.ts"
import * as Stored from "../Stored.ts"

const count = 100_000
const starts = 3
const most = { bytes: 500, startMs: 1000 }

const readAll = (filename: string) =>
  Effect.acquireUseRelease(
    Effect.sync(() => new Database(filename)),
    (database) => Effect.sync(() => database.prepare("SELECT * FROM job_state").all()),
    (database) => Effect.sync(() => database.close())
  )

export const rows: Family = Effect.gen(function* () {
  const file = yield* Stored.make(count)
  const jobs = Stored.registry(count)
  const bare = yield* Measure.heapUsed

  const start = Measure.spent(Effect.provide(Tick.once, File.tick(file, jobs)))
  const pair = yield* Measure.inTurns(starts, { ours: start, floor: Measure.spent(readAll(file.filename)) })

  const before = yield* Measure.heapUsed
  const loaded = yield* Effect.zipRight(Tick.once, Measure.heapUsed).pipe(Effect.provide(File.tick(file, jobs)))
  const read = yield* readAll(file.filename)
  const withRows = yield* Measure.heapUsed
  const bytes = (loaded - before) / count
  return [
    {
      what: `memory of each of ${count.toLocaleString("en-US")} instances (floor: its row as read)`,
      ours: { value: bytes, unit: "B" },
      floor: { value: (withRows - before) / read.length, unit: "B" },
      goal: `≤ ${most.bytes} B`,
      met: bytes <= most.bytes
    },
    {
      what: "the same, what is left once the tick is closed",
      ours: { value: (before - bare) / count, unit: "B" },
      floor: null,
      goal: "",
      met: null
    },
    {
      what: `start with ${count.toLocaleString("en-US")} stored instances, first tick over (floor: the rows are read)`,
      ours: { value: pair.ours.wall, unit: "ms" },
      floor: { value: pair.floor.wall, unit: "ms" },
      goal: `≤ ${most.startMs} ms`,
      met: pair.ours.wall <= most.startMs
    }
  ] satisfies ReadonlyArray<Row>
}).pipe(Effect.scoped)
