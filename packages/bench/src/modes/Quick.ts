/**
 * A few rows in under a minute, as a check: it fails where the ratio of a row to the floor of the same run is far worse than
 * recorded. What is worse is measured again, since a busy machine slows one row and not its floor.
 */
import { Effect } from "effect"
import * as Catalog from "../Catalog.ts"
import * as Checkout from "../Checkout.ts"
import * as Family from "../Family.ts"
import * as Machine from "../Machine.ts"
import * as Programs from "../Programs.ts"
import * as Progress from "../Progress.ts"
import * as Recorded from "../Recorded.ts"
import * as Report from "../Report.ts"
import type * as Row from "../Row.ts"
import type { Outcome } from "./Outcome.ts"

const tries = 3
const settings = { size: "quick", withFloor: true, postgres: null } as const

const columns: ReadonlyArray<Report.Column> = [
  { title: "what" },
  { title: "ours", isNumber: true },
  { title: "floor", isNumber: true },
  { title: "times the floor's cost", isNumber: true },
  { title: "recorded", isNumber: true },
  { title: "worse by", isNumber: true }
]

const toText = (rows: ReadonlyArray<Row.Row>, recorded: Recorded.Recorded): string =>
  Report.toText(
    columns,
    rows.map((row) => {
      const [before, worse] = [recorded[row.what], Recorded.timesWorse(row, recorded)]
      return [
        row.what,
        Report.measuredToText(row.ours, row.unit),
        Report.measuredToText(row.floor, row.unit),
        worse === null || before === undefined ? "" : Report.numberToText(worse * before),
        before === undefined ? "" : Report.numberToText(before),
        worse === null ? "" : Report.numberToText(worse)
      ]
    })
  )

/** The rows of a family, measured again while one of them is too far from what is recorded. */
const measure = (programs: Programs.Programs, name: Catalog.Family, recorded: Recorded.Recorded) =>
  Effect.gen(function* () {
    const isWorse = (row: Row.Row) => (Recorded.timesWorse(row, recorded) ?? 0) > Recorded.bound
    let rows = yield* Family.measure(programs, name, settings)
    for (let done = 1; done < tries && rows.some(isWorse); done++) {
      yield* Progress.say(`${name} is measured again`)
      const again = yield* Family.measure(programs, name, settings)
      rows = rows.map((row) => (isWorse(row) ? (again.find(({ what }) => what === row.what) ?? row) : row))
    }
    return rows
  })

export const run = (isRecorded: boolean) =>
  Effect.gen(function* () {
    const programs = yield* Programs.ofCheckout(yield* Checkout.here)
    const recorded = isRecorded ? {} : yield* Recorded.read
    const results = yield* Progress.each(Catalog.quick, (name) => measure(programs, name, recorded))
    const rows = results.values.flat()
    if (isRecorded && results.failures.length === 0) yield* Recorded.write(rows)
    const worse = rows
      .filter((row) => (Recorded.timesWorse(row, recorded) ?? 0) > Recorded.bound)
      .map(({ what }) => `${what}: its ratio to the floor is more than ${Recorded.bound} times worse than recorded.`)
    // a row whose words have changed must not go unchecked
    const gone = Object.keys(recorded)
      .filter((name) => !rows.some(({ what }) => what === name))
      .map((what) => `${what}: it is recorded and was not measured; record again with --quick --record.`)
    return {
      text: `${Machine.text}\n\n${toText(rows, recorded)}`,
      json: { machine: Machine.facts, bound: Recorded.bound, recorded, rows, worse },
      failures: [...results.failures, ...worse, ...(results.failures.length > 0 ? [] : gone)]
    } satisfies Outcome
  }).pipe(Effect.scoped)
