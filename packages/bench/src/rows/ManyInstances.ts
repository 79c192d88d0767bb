/**
 * 100,000 stored jobs that have run once: the time of the first tick, and the heap of each beside its definition.
 */

import { Effect } from "effect"
import { Job, Jobs, Tick } from "#adapter"
import * as File from "../File.ts"
import * as Goal from "../Goal.ts"
import * as Measure from "../Measure.ts"
import * as Row from "../Row.ts"

const sizes = { table: 100_000, quick: 10_000 }

const registry = (count: number) =>
  Jobs.make(
    ...Array.from({ length: count }, (_, index) =>
      Job.make(`job_with_a_name_of_some_width_${String(index).padStart(7, "0")}`, Effect.void).pipe(
        Job.every("1 day"),
        Job.parallel
      )
    )
  )

/** Reads all rows of all tables. */
const readAll = (filename: string) =>
  Effect.gen(function* () {
    const database = yield* File.open(filename)
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all() as ReadonlyArray<{
      readonly name: string
    }>
    // the log is not read at the start
    return tables
      .filter(({ name }) => !name.endsWith("_log") && !name.endsWith("_run"))
      .flatMap(({ name }) => database.prepare(`SELECT * FROM "${name}"`).all())
  }).pipe(Effect.scoped)

export const rows: Row.Family = ({ size, withFloor }) =>
  Effect.gen(function* () {
    const count = sizes[size]
    const file = yield* File.make()
    const jobs = registry(count)
    const first = yield* Effect.provide(Tick.once, File.tick(file, jobs, { concurrency: 100 }))
    if (first.length !== count) return yield* Effect.dieMessage(`${first.length} of ${count} jobs ran`)

    // the first run of all jobs was the warm-up
    const floor = withFloor ? yield* Measure.spent(readAll(file.filename)) : null
    const ours = yield* Measure.spent(Effect.provide(Tick.once, File.tick(file, jobs)))

    const before = yield* Measure.heapUsed
    const loaded = yield* Effect.zipRight(Tick.once, Measure.heapUsed).pipe(Effect.provide(File.tick(file, jobs)))
    const name = count.toLocaleString("en-US")
    return [
      Row.make({
        what: `memory of each of ${name} jobs`,
        unit: "B",
        better: "less",
        ours: (loaded - before) / count
      }),
      Row.make({
        what: `open ${name} stored jobs, first tick over (floor: the rows are read)`,
        unit: "ms",
        better: "less",
        ours: ours.wall,
        floor: floor?.wall ?? null,
        goal: Goal.atMost(1000, "ms")
      })
    ]
  }).pipe(Effect.scoped)
