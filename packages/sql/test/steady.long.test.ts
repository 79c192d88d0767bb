/**
 * An hour of a hundred jobs each second, on both databases at once: what a process holds does not grow after its first ten
 * minutes. TICKWORK_SOAK_MINUTES sets another length.
 */
import { assert, it } from "@effect/vitest"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as Process from "@tickwork/test-support/Process"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Array as Arr, Effect } from "effect"
import type { Held } from "./support/busy.ts"

const minutes = Number(process.env.TICKWORK_SOAK_MINUTES ?? 60)

/** Before it, caches fill and code is compiled. */
const settled = minutes / 6

/** How much more the last minutes may hold than the first ones. */
const growth = { heap: 1.1, resident: 1.15, files: 1, handles: 1.2, stored: 1.25 }

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN

const soak = (place: string) =>
  Effect.gen(function* () {
    const child = yield* Process.start(new URL("./support/busy.ts", import.meta.url), [place], () => {})
    const all: Array<Held> = []
    for (let minute = 0; minute < minutes; minute++) {
      yield* Effect.sleep("1 minute")
      all.push(JSON.parse(yield* Process.ask(child, "")) as Held)
      console.log(
        `${place.startsWith("postgres:") ? "PostgreSQL" : "SQLite"}, ${minute + 1}: ${JSON.stringify(all.at(-1))}`
      )
    }
    const later = all.slice(Math.ceil(settled))
    const part = Math.max(1, Math.floor(later.length / 5))
    assert.isAbove(
      (later.at(-1)?.runs ?? 0) - (later[0]?.runs ?? 0),
      60 * 90 * (later.length - 1),
      "it ran all the time"
    )
    for (const [what, most] of Object.entries(growth)) {
      const of = (some: ReadonlyArray<Held>) => median(some.map((held) => held[what as keyof typeof growth]))
      assert.isAtMost(of(Arr.takeRight(later, part)), most * of(Arr.take(later, part)), what)
    }
  })

Postgres.describeOnPostgres("a process with a hundred jobs each second, on SQLite and on PostgreSQL", () => {
  it.scopedLive(
    "holds no more memory, files and handles after an hour than after ten minutes",
    () =>
      Effect.gen(function* () {
        const places = [yield* TemporaryFile.make, yield* Postgres.schema]
        yield* Effect.forEach(places, soak, { concurrency: 2, discard: true })
      }),
    (minutes + 10) * 60_000
  )
})
