/**
 * Calendar cadences: grids of instants, each with a pure `next`. They read no clock.
 *
 * Instants are milliseconds since the epoch. An anchor is the instant from which an interval counts.
 *
 * @internal
 */
import { type DateTime, type Duration, Either, Function as Fn } from "effect"
import * as Cron from "../../Cron.ts"
import * as Millis from "../Millis.ts"
import * as Instant from "./Instant.ts"
import { firstWhere } from "./WallClock.ts"

/** A grid of instants on which runs are planned. */
export interface Calendar {
  readonly _tag: "Calendar"
  readonly kind: "every" | "cron" | "at" | "once"
  /** Equal for calendars that name the same instants. */
  readonly definition: string
  /** The first planned instant of a job that begins at `now`. */
  readonly first: (now: number) => number | null
  /** The first instant strictly after `after`; `null` where the grid has ended. */
  readonly next: (anchor: number, after: number) => number | null
  /** No two instants are nearer than this. */
  readonly shortestMs: number
  /** The distance of all neighbours; `null` where they differ. */
  readonly intervalMs: number | null
  /** The expression and its time zone; `null` where it is no cron calendar. */
  readonly cron: Pick<Cron.Cron, "expression" | "zone"> | null
}

/** The last instant that has a date: what is planned for later never comes. */
export const lastInstant = 8.64e15

/** A calendar; unless set, it has one instant at most. */
const calendar = (given: Pick<Calendar, "definition" | "first" | "kind" | "next"> & Partial<Calendar>): Calendar => ({
  _tag: "Calendar",
  shortestMs: Number.POSITIVE_INFINITY,
  intervalMs: null,
  cron: null,
  ...given
})

const nextOnGrid = (intervalMs: number, anchor: number, after: number): number =>
  after < anchor ? anchor : anchor + (Math.floor((after - anchor) / intervalMs) + 1) * intervalMs

/**
 * Instants one interval apart, counted from the anchor; or why it is no interval.
 *
 * @example
 * ```ts
 * import { Either } from "effect"
 * import * as Calendar from "./Calendar.ts"
 *
 * const grid = Either.getOrThrow(Calendar.every("5 seconds"))
 * console.assert(grid.next(1_000, 6_000) === 11_000)
 * console.assert(Either.isLeft(Calendar.every("0 seconds")))
 * ```
 */
export const every = (interval: Duration.DurationInput): Either.Either<Calendar, string> => {
  const intervalMs = Millis.of(interval)
  if (!Number.isInteger(intervalMs) || intervalMs < 1 || intervalMs > lastInstant) {
    return Either.left(`must be a whole number of milliseconds from 1 to ${lastInstant}`)
  }
  const next = (anchor: number, after: number) => {
    const at = nextOnGrid(intervalMs, anchor, after)
    return at <= lastInstant ? at : null
  }
  const definition = `every ${intervalMs} ms`
  return Either.right(
    calendar({ kind: "every", definition, first: Fn.identity, next, shortestMs: intervalMs, intervalMs })
  )
}

/** The instants that match a cron expression. */
export const cron = (
  expression: string,
  zoneOrOptions: string | Cron.CronOptions = {}
): Either.Either<Calendar, Cron.CronParseError> =>
  Either.map(Cron.parse(expression, zoneOrOptions), ({ definition, next, ...cron }) =>
    calendar({ kind: "cron", definition, first: next, next: (_, after) => next(after), shortestMs: 1000, cron })
  )

/** One instant, once. It is planned though it has passed: its catch-up policy decides then. */
export const at = (instant: DateTime.DateTime.Input): Either.Either<Calendar, string> =>
  Either.map(Instant.of(instant), (at) => {
    const definition = `at ${new Date(at).toISOString()}`
    return calendar({ kind: "at", definition, first: () => at, next: (_, after) => (after < at ? at : null) })
  })

/** The anchor, once: each enqueued instance has an instant of its own. */
export const once: Calendar = calendar({
  kind: "once",
  definition: "once",
  first: Fn.identity,
  next: (anchor, after) => (after < anchor ? anchor : null)
})

/**
 * The last instant of the grid at or before `now`, and never before `from`, itself an instant of the grid.
 *
 * @example
 * ```ts
 * import { Either } from "effect"
 * import * as Calendar from "./Calendar.ts"
 *
 * const grid = Either.getOrThrow(Calendar.every("5 seconds"))
 * console.assert(Calendar.latest(grid, 1_000, 6_000, 19_000) === 16_000)
 * ```
 */
export const latest = (self: Calendar, anchor: number, from: number, now: number): number => {
  const { intervalMs, next, shortestMs } = self
  if (now - from < shortestMs) return from
  if (intervalMs !== null) return Math.max(from, nextOnGrid(intervalMs, anchor, now) - intervalMs)
  const isPassed = (at: number) => (next(anchor, at) ?? Number.POSITIVE_INFINITY) <= now
  // the first instant after which no instant of the grid has passed is the last one that has
  return isPassed(from) ? firstWhere((at) => !isPassed(at), from, now) : from
}

interface Range {
  readonly after: number
  readonly until: number
  readonly atMost: number
}

/**
 * The instants of the grid after `after` and up to `until`, at most `atMost` of them.
 *
 * @example
 * ```ts
 * import { Either } from "effect"
 * import * as Calendar from "./Calendar.ts"
 *
 * const grid = Either.getOrThrow(Calendar.cron("0 3 * * *"))
 * const days = Calendar.between(grid, 0, { after: 0, until: 7 * 86_400_000, atMost: 100 })
 * console.assert(days.length === 7)
 * ```
 */
export const between = (self: Calendar, anchor: number, { after, atMost, until }: Range): ReadonlyArray<number> => {
  const instants: Array<number> = []
  for (let at = self.next(anchor, after); at !== null && at <= until; at = self.next(anchor, at)) {
    if (instants.length >= atMost) break
    instants.push(at)
  }
  return instants
}

/** How many instants lie after `after` and up to `until`. Those of a cron expression are counted up to `atMost`. */
export const count = (self: Calendar, anchor: number, range: Range): number => {
  if (self.intervalMs === null) return between(self, anchor, range).length
  const first = nextOnGrid(self.intervalMs, anchor, range.after)
  return first > range.until ? 0 : Math.floor((range.until - first) / self.intervalMs) + 1
}

/**
 * The last instants of the grid from `from` up to `until`, at most `atMost` of them, in their order.
 *
 * @example
 * ```ts
 * import { Either } from "effect"
 * import * as Calendar from "./Calendar.ts"
 *
 * const grid = Either.getOrThrow(Calendar.every("5 seconds"))
 * const two = Calendar.last(grid, 0, { from: 0, until: 19_000, atMost: 2 })
 * console.assert(two.join() === "10000,15000")
 * ```
 */
export const last = (
  self: Calendar,
  anchor: number,
  { atMost, from, until }: Omit<Range, "after"> & { readonly from: number }
): ReadonlyArray<number> => {
  for (let span = self.shortestMs * atMost; ; span *= 2) {
    const after = Math.max(from, until - span) - 1
    const instants = between(self, anchor, { after, until, atMost: Number.POSITIVE_INFINITY })
    if (instants.length >= atMost || after < from) return instants.slice(-atMost)
  }
}
