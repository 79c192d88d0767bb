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
import type { Fault } from "./CronFault.ts"
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
  /** The instant from which an interval counts; `null` for the anchor. */
  readonly origin: number | null
  /** No instant is later than this. */
  readonly until: number
  /** The expression and its time zone; `null` where it is no cron calendar. */
  readonly cron: Pick<Cron.Cron, "expression" | "zone"> | null
  /** The calendar with the days that are left out of this one; `null` where none are. */
  readonly leftOut: {
    readonly whole: Calendar
    /** True where the day of an instant is left out; it throws what the job's function throws. */
    readonly is: (at: number) => boolean
    readonly endOfDay: (at: number) => number
  } | null
}

/** The last instant that has a date: what is planned for later never comes. */
export const lastInstant = 8.64e15

/** A calendar; unless set, it has one instant at most. Each field is named, since spreading takes several times as long. */
const calendar = (given: Pick<Calendar, "definition" | "first" | "kind" | "next"> & Partial<Calendar>): Calendar => ({
  _tag: "Calendar",
  kind: given.kind,
  definition: given.definition,
  first: given.first,
  next: given.next,
  shortestMs: given.shortestMs ?? Number.POSITIVE_INFINITY,
  intervalMs: given.intervalMs ?? null,
  origin: given.origin ?? null,
  until: given.until ?? lastInstant,
  cron: given.cron ?? null,
  leftOut: null
})

const nextOnGrid = (intervalMs: number, anchor: number, after: number): number =>
  after < anchor ? anchor : anchor + (Math.floor((after - anchor) / intervalMs) + 1) * intervalMs

/** The first and the last instant that a calendar may name; each as far as it goes unless set. */
export interface Bounds {
  readonly from?: DateTime.DateTime.Input | undefined
  readonly until?: DateTime.DateTime.Input | undefined
}

/** An option that is wrong: its name and value, and what it must be. */
export interface Invalid extends Fault {
  readonly option: string
  readonly value: unknown
}

interface Span {
  readonly from: number | null
  readonly until: number
  readonly definition: string
}

const exampleCure = 'Use one such as "2027-01-01T09:00:00+01:00".'

const instantOf = (option: "at" | "from" | "until", value: DateTime.DateTime.Input): Either.Either<number, Invalid> =>
  Either.mapLeft(Instant.of(value), (reason) => ({ option, value, reason, cure: exampleCure }))

const unbounded: Either.Either<Span, never> = Either.right({ from: null, until: lastInstant, definition: "" })

const spanOf = (bounds: Bounds): Either.Either<Span, Invalid> => {
  if (bounds.from === undefined && bounds.until === undefined) return unbounded
  return Either.gen(function* () {
    const from = bounds.from === undefined ? null : yield* instantOf("from", bounds.from)
    const until = bounds.until === undefined ? lastInstant : yield* instantOf("until", bounds.until)
    if (from !== null && from > until) {
      const [reason, cure] = ["must be no earlier than from", "Exchange them, or leave one out."]
      return yield* Either.left({ option: "until", value: bounds.until, reason, cure })
    }
    const text = (name: string, at: number) => `, ${name} ${new Date(at).toISOString()}`
    const definition = `${from === null ? "" : text("from", from)}${bounds.until === undefined ? "" : text("until", until)}`
    return { from, until, definition }
  })
}

const upTo = (until: number, at: number | null): number | null => (at === null || at > until ? null : at)

/**
 * Instants one interval apart, counted from `from` or else from the anchor; or why it is no interval.
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
export const every = (interval: Duration.DurationInput, bounds: Bounds = {}): Either.Either<Calendar, Invalid> => {
  const intervalMs = Millis.of(interval)
  if (!Number.isInteger(intervalMs) || intervalMs < 1 || intervalMs > lastInstant) {
    const reason = `must be a whole number of milliseconds from 1 to ${lastInstant}`
    return Either.left({ option: "every", value: interval, reason, cure: 'Use one such as "5 seconds".' })
  }
  return Either.map(spanOf(bounds), ({ definition, from, until }) =>
    calendar({
      kind: "every",
      definition: `every ${intervalMs} ms${definition}`,
      first: (now) => upTo(until, from === null ? now : nextOnGrid(intervalMs, from, now - 1)),
      next: (anchor, after) => upTo(until, nextOnGrid(intervalMs, from ?? anchor, after)),
      shortestMs: intervalMs,
      intervalMs,
      origin: from,
      until
    })
  )
}

/** No instant, ever: what a job has whose keys bring their cadences. */
export const none: Calendar = calendar({ kind: "cron", definition: "none", first: () => null, next: () => null })

/** No instant: an instance of a backfill makes up for those of another. */
export const backfill: Calendar = calendar({
  kind: "once",
  definition: "backfill",
  first: () => null,
  next: () => null
})

/** The same grid for all instances: an interval without an origin counts from the epoch, and no instance begins at once. */
export const sharedBy = (self: Calendar): Calendar => {
  if (self.kind !== "every" || self.origin !== null) return self
  const next = (after: number) => self.next(0, after)
  return { ...self, origin: 0, first: (now) => next(now - 1), next: (_, after) => next(after) }
}

const onSpan = (
  { definition, expression, next, zone }: Cron.Cron,
  { definition: bounds, from, until }: Span
): Calendar => {
  const within = (at: number) => upTo(until, next(from === null ? at : Math.max(at, from - 1)))
  return calendar({
    kind: "cron",
    definition: definition + bounds,
    first: within,
    next: (_, at) => within(at),
    shortestMs: 1000,
    until,
    cron: { expression, zone }
  })
}

/** The instants that match a cron expression. */
export const cron = (
  expression: string,
  zoneOrOptions: string | (Cron.CronOptions & Bounds) = {}
): Either.Either<Calendar, Invalid> => {
  const parsed = Cron.parse(expression, zoneOrOptions)
  if (Either.isLeft(parsed)) {
    const { cure, option, reason, value } = parsed.left
    return Either.left({ cure, option, reason, value })
  }
  const span = spanOf(typeof zoneOrOptions === "string" ? {} : (zoneOrOptions ?? {}))
  return Either.map(span, (span) => onSpan(parsed.right, span))
}

/** One instant, once. It is planned though it has passed: its catch-up policy decides then. */
export const at = (instant: DateTime.DateTime.Input): Either.Either<Calendar, Invalid> =>
  Either.map(instantOf("at", instant), (at) => {
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
  const { intervalMs, next, origin, shortestMs } = self
  if (now - from < shortestMs) return from
  if (intervalMs !== null)
    return Math.max(from, nextOnGrid(intervalMs, origin ?? anchor, Math.min(now, self.until)) - intervalMs)
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
  const first = nextOnGrid(self.intervalMs, self.origin ?? anchor, range.after)
  const until = Math.min(range.until, self.until)
  return first > until ? 0 : Math.floor((until - first) / self.intervalMs) + 1
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
