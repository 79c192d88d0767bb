/**
 * This checkout beside another built one: each turn measures the same rows of both, in a process each, in changing order.
 * What counts is the median of the turns' ratios.
 */
import { Effect } from "effect"
import * as Catalog from "../Catalog.ts"
import * as Checkout from "../Checkout.ts"
import * as Family from "../Family.ts"
import * as Machine from "../Machine.ts"
import * as Measure from "../Measure.ts"
import * as Postgres from "../Postgres.ts"
import * as Programs from "../Programs.ts"
import * as Progress from "../Progress.ts"
import * as Report from "../Report.ts"
import type * as Row from "../Row.ts"
import type { Outcome } from "./Outcome.ts"

/** One row over all turns. */
export interface Compared {
  readonly what: string
  readonly unit: string
  readonly ours: number
  readonly theirs: number
  /** How many times better ours is: the median, the least and the greatest of the turns. */
  readonly times: number
  readonly least: number
  readonly greatest: number
  readonly goal: number | null
  readonly holds: boolean | null
}

type Pair = readonly [ours: Row.Row, theirs: Row.Row]

const timesBetter = ([ours, theirs]: Pair): number =>
  ours.better === "more" ? ours.ours / theirs.ours : theirs.ours / ours.ours

const compared = (pairs: ReadonlyArray<Pair>, isFirstBuild: boolean): ReadonlyArray<Compared> => {
  const names = [...new Set(pairs.map(([{ what }]) => what))]
  return names.flatMap((name) => {
    const turns = pairs.filter(([{ what }]) => what === name)
    const [first] = turns
    if (first === undefined) return []
    const ratios = turns.map(timesBetter)
    const times = Measure.median(ratios)
    const goal = isFirstBuild ? first[0].timesFirstBuild : null
    return [
      {
        what: name,
        unit: first[0].unit,
        ours: Measure.median(turns.map(([{ ours }]) => ours)),
        theirs: Measure.median(turns.map(([, { ours }]) => ours)),
        times,
        least: Math.min(...ratios),
        greatest: Math.max(...ratios),
        goal,
        holds: goal === null ? null : times >= goal
      }
    ]
  })
}

const toText = (rows: ReadonlyArray<Compared>, ours: string, theirs: string): string =>
  Report.toText(
    [
      { title: "what" },
      { title: `this (${ours})`, isNumber: true },
      { title: `that (${theirs})`, isNumber: true },
      { title: "times as good", isNumber: true },
      { title: "from - to", isNumber: true },
      { title: "goal" },
      { title: "holds" }
    ],
    rows.map((row) => [
      row.what,
      Report.measuredToText(row.ours, row.unit),
      Report.measuredToText(row.theirs, row.unit),
      Report.numberToText(row.times),
      `${Report.numberToText(row.least)} - ${Report.numberToText(row.greatest)}`,
      row.goal === null ? "" : `≥ ${row.goal}`,
      Report.holdsToText(row.holds)
    ])
  )

const turn = (
  { ours, theirs }: { readonly ours: Programs.Programs; readonly theirs: Programs.Programs },
  name: Catalog.Family,
  { isOursFirst, postgres }: { readonly isOursFirst: boolean; readonly postgres: string | null }
) => {
  const settings = { size: "quick", withFloor: false, postgres } as const
  const both = [Family.measure(ours, name, settings), Family.measure(theirs, name, settings)] as const
  const measured = isOursFirst
    ? Effect.all(both)
    : Effect.map(Effect.all([both[1], both[0]]), ([second, first]) => [first, second] as const)
  return Effect.map(measured, ([mine, others]) =>
    mine.flatMap((row): ReadonlyArray<Pair> => {
      const other = others.find(({ what }) => what === row.what)
      return other === undefined ? [] : [[row, other]]
    })
  )
}

interface Options {
  readonly folder: string
  readonly turns: number
  readonly names: ReadonlyArray<Catalog.Family>
}

export const run = ({ folder, names, turns }: Options) =>
  Effect.gen(function* () {
    const [here, there] = [yield* Checkout.here, yield* Checkout.open(folder)]
    const programs = { ours: yield* Programs.ofCheckout(here), theirs: yield* Programs.ofCheckout(there) }
    const postgres = names.some((name) => Catalog.onPostgres.has(name)) ? yield* Postgres.url : null
    const results = yield* Progress.each(names, (name) =>
      Effect.forEach(Array.from({ length: turns }), (_, at) =>
        turn(programs, name, { isOursFirst: at % 2 === 0, postgres })
      )
    )
    const rows = compared(results.values.flat(2), there.adapter === "Commit5cab423")
    return {
      text: `${Machine.text}, ${turns} turns\n\n${toText(rows, here.commit, there.commit)}`,
      json: { machine: Machine.facts, turns, ours: here.commit, theirs: there.commit, rows },
      failures: results.failures
    } satisfies Outcome
  }).pipe(Effect.scoped)
