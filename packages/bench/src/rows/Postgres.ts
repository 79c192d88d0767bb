/**
 * PostgreSQL with each commit flushed: one-off runs at three concurrencies, and enqueuing one by one and at once.
 *
 * The floor is the bare driver with one row of a log's size for each run or request: as many rows in a statement as runs at
 * once, a commit each, one round trip after the other.
 */

import { Effect, Schema } from "effect"
import { Job, Jobs, Tick } from "#adapter"
import * as Goal from "../Goal.ts"
import * as Measure from "../Measure.ts"
import * as Rates from "../Rates.ts"
import type * as Row from "../Row.ts"
import * as Server from "../Server.ts"
import type { Settings } from "../Settings.ts"

const sizes = {
  table: { runs: { 1: 500, 10: 3000, 100: 5000 }, few: 300, many: 10_000, samples: 2 },
  quick: { runs: { 1: 200, 10: 1000, 100: 2000 }, few: 100, many: 2000, samples: 1 }
}
const bytes = 250

const job = Job.make("mail", { payload: Schema.Number }, () => Effect.void).pipe(Job.parallel)
const jobs = Jobs.make(job)
const at = "2100-01-01T00:00:00Z"
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)

/** On a schema of its own, after what comes before, in another opening of the tick. */
const measured = <A, E, B, E2>(
  url: string,
  work: Effect.Effect<A, E, Tick.Tick>,
  { before, concurrency }: { readonly before: Effect.Effect<B, E2, Tick.Tick>; readonly concurrency: number }
) =>
  Effect.gen(function* () {
    const schema = yield* Server.make(url)
    const layer = Server.tick(schema, jobs, { concurrency })
    yield* Effect.provide(before, layer)
    return yield* Effect.provide(Measure.spent(work), layer)
  }).pipe(Effect.scoped)

const floor = (url: string, { count, perCommit }: { readonly count: number; readonly perCommit: number }) =>
  Effect.gen(function* () {
    const { schema } = yield* Server.make(url)
    const client = yield* Server.connect(url)
    const text = "x".repeat(bytes)
    const insert = { name: "insert", text: `INSERT INTO ${schema}.log (entry) SELECT unnest($1::text[])` }
    const values = [Array.from({ length: perCommit }, () => text)]
    const insertAll = async () => {
      for (let made = 0; made < count; made += perCommit) await client.query({ ...insert, values })
    }
    yield* Effect.promise(() => client.query(`CREATE TABLE ${schema}.log (id bigserial PRIMARY KEY, entry text)`))
    return yield* Measure.spent(Effect.promise(insertAll))
  }).pipe(Effect.scoped)

const rowsOf = (options: Rates.Options) => [Rates.row(options), Rates.cpuRow(options)]

const runsRow = (url: string, concurrency: 1 | 10 | 100, least: number, { size, withFloor }: Settings) => {
  const { runs, samples } = sizes[size]
  const count = runs[concurrency]
  const all = Effect.filterOrDieMessage(Tick.once, ({ length }) => length === count, "not every run was made")
  const before = Tick.enqueueAll(job, numbers(count))
  return Effect.map(
    Measure.inTurns(samples, {
      ours: measured(url, all, { before, concurrency }),
      floor: withFloor ? floor(url, { count, perCommit: concurrency }) : null
    }),
    (pair) => {
      const what = `PostgreSQL, one-off runs, concurrency ${concurrency}`
      return rowsOf({ what, pair, count, goal: Goal.atLeast(least, "/s") })
    }
  )
}

const enqueueRow = (url: string, kind: "one by one" | "at once", least: number, { size, withFloor }: Settings) => {
  const { few, many, samples } = sizes[size]
  const count = kind === "at once" ? many : few
  const oneByOne = Effect.forEach(numbers(few), (n) => Tick.enqueue(job, n, { at }), { discard: true })
  const work = kind === "at once" ? Tick.enqueueAll(job, numbers(many), { at }) : oneByOne
  return Effect.map(
    Measure.inTurns(samples, {
      ours: measured(url, Effect.asVoid(work), { before: Tick.enqueue(job, 0, { at }), concurrency: 4 }),
      floor: withFloor ? floor(url, { count, perCommit: kind === "at once" ? count : 1 }) : null
    }),
    (pair) => rowsOf({ what: `PostgreSQL, enqueue ${kind}`, pair, count, goal: Goal.atLeast(least, "/s") })
  )
}

export const rows: Row.Family = (settings) => {
  const { postgres } = settings
  return postgres === null
    ? Effect.succeed([])
    : Effect.map(
        Effect.all([
          runsRow(postgres, 1, 2500, settings),
          runsRow(postgres, 10, 15_000, settings),
          runsRow(postgres, 100, 20_000, settings),
          enqueueRow(postgres, "one by one", 1500, settings),
          enqueueRow(postgres, "at once", 30_000, settings)
        ]),
        (rows) => rows.flat()
      )
}
