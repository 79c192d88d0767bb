/**
 * What is wrong with each instance: its state, its baseline and its log, one instance after the other.
 *
 * The application may write meanwhile. So what does not fit together is told only where nobody has written to the
 * instance since it was read; where somebody has, it is read once more, up to where it stands then.
 *
 * @internal
 */
import type { SqlError } from "@effect/sql"
import { Effect, Stream } from "effect"
import type { JobStore } from "tickwork"
import { quote, stateColumns } from "../migrations/Tables.ts"
import { select } from "../statements/Statements.ts"
import * as Integrity from "./Integrity.ts"
import * as Lines from "./Lines.ts"
import { type Findings, type Found, type Look, pages, refOf, turn } from "./Look.ts"
import * as Stored from "./Stored.ts"

const pageSize = 100

/** How often an instance is caught up with that runs on. */
const mostSteps = 10

/** Hands on all pages behind a place; answers where they end. */
const takeAll = (look: Look, ref: JobStore.Ref, check: Integrity.Check, place: Lines.Place, before: number | null) =>
  Effect.gen(function* () {
    let end = place
    while (true) {
      const page = yield* Lines.page(look, ref, end, before)
      Lines.take(look, ref, check, page)
      end = page.end
      if (page.isLast) return end
      yield* turn
    }
  })

/** Nothing, where an instance was pruned or forgotten meanwhile, or runs on faster than it can be read. */
const whileItRunsOn = (
  look: Look,
  first: Stored.Stored,
  hasBaselines: boolean
): Effect.Effect<Findings, SqlError.SqlError> =>
  Effect.gen(function* () {
    const { subject } = first
    const check = Integrity.of(subject, yield* look.options)
    let known = first
    let place = Lines.beginning
    for (let step = 0; step < mostSteps; step++) {
      const state = Stored.readable(known.subject.state)
      if (state === null || known.baseline !== first.baseline) return []
      if (step > 0) check.moved(state)
      // its last line may yet change
      place = yield* takeAll(look, subject, check, place, state.seq)
      const tail = yield* Lines.page(look, subject, place)
      const now = yield* Stored.anew(look, subject, hasBaselines)
      if (now === null) return []
      if (now.state === known.state && now.baseline === known.baseline) {
        Lines.take(look, subject, check, tail)
        if (!tail.isLast) yield* takeAll(look, subject, check, tail.end, null)
        return check.end()
      }
      known = now
    }
    return []
  })

const settled = (look: Look, stored: Stored.Stored, findings: Findings, hasBaselines: boolean) =>
  findings.length === 0
    ? Effect.succeed(findings)
    : Effect.flatMap(Stored.anew(look, stored.subject, hasBaselines), (now) => {
        if (now === null) return Effect.succeed<Findings>([])
        const isAsItWas = now.state === stored.state && now.baseline === stored.baseline
        return isAsItWas ? Effect.succeed(findings) : whileItRunsOn(look, now, hasBaselines)
      })

const instance = (look: Look, whole: ReadonlySet<string>, stored: Stored.Stored): Found =>
  Stream.unwrap(
    Effect.map(look.options, (options) => {
      const { findings, subject } = stored
      // without its log, all that can be said is what cannot be read
      if (!whole.has(look.names.run)) return Stream.fromIterable(findings)
      const check = Integrity.of(subject, options)
      const hasBaselines = whole.has(look.names.baseline)
      const lines = pages(Lines.beginning, (place) =>
        Effect.map(Lines.page(look, subject, place), (page) => {
          return [Lines.take(look, subject, check, page), page.isLast ? null : page.end] as const
        })
      )
      const end = Effect.suspend(() => settled(look, stored, check.end(), hasBaselines))
      return Stream.fromIterable(findings).pipe(Stream.concat(lines), Stream.concat(Stream.fromIterableEffect(end)))
    })
  )

/** What is wrong with the instances, in the order of their names and keys; `whole` names the tables that can be read. */
export const all = (look: Look, whole: ReadonlySet<string>): Found => {
  const { dialect, names, read } = look
  const text = (condition: string) =>
    dialect.render(`SELECT ${select(stateColumns)} FROM ${quote(names.state)} ${condition}
      ORDER BY job_name, key LIMIT ${pageSize}`)
  return pages<Stored.Stored, JobStore.Ref | "first">("first", (last) =>
    Effect.gen(function* () {
      const rows = yield* last === "first"
        ? read(text(""))
        : read(text("WHERE (job_name, key) > (?, ?)"), [last.jobName, last.key])
      const stored = yield* Stored.withBaselines(look, rows, whole.has(names.baseline))
      const end = rows.at(-1)
      return [stored, end === undefined || rows.length < pageSize ? null : refOf(end)] as const
    })
  ).pipe(Stream.flatMap((stored) => instance(look, whole, stored)))
}
