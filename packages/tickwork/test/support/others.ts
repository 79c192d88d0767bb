/**
 * What croner and cron-parser answer, and where Tickwork answers otherwise: by default, near moves of the clock.
 */
import { assert } from "@effect/vitest"
import { CronExpressionParser } from "cron-parser"
import { Cron } from "croner"
import { Either } from "effect"
import * as Calendar from "../../src/internal/schedule/Calendar.ts"
import { type Move, movesIn } from "./wall.ts"

export const minutes = (n: number) => n * 60_000
export const hour = minutes(60)
export const day = 24 * hour

const zones: ReadonlyArray<readonly [zone: string, year: number]> = [
  ["UTC", 2026],
  ["Asia/Kathmandu", 2026],
  ["Europe/Berlin", 2026],
  ["America/New_York", 2026],
  ["America/St_Johns", 2026],
  ["America/Sao_Paulo", 2018],
  ["Africa/Casablanca", 2026],
  ["Pacific/Auckland", 2026],
  ["Asia/Tehran", 2021],
  ["Australia/Lord_Howe", 2026],
  ["Antarctica/Troll", 2026],
  ["Pacific/Apia", 2011]
]

const paces = ["*/15 * * * *", "*/20 * * * * *", "7 * * * *", "0 */2 * * *", "30 */3 * * *", "@hourly"]
const once = ["30 2 * * *", "0 2 * * *", "30 0 * * *", "@daily", "30 30 1 * * *", "@weekly"]
const several = ["*/20 1-3 * * *", "15,45 2 * * *", "0 2,14 * * *", "*/30 30 2 * * *", "10-50/20 2-4/2 * * SUN"]
const days = [
  "0 9 * * MON-FRI",
  "30 2 13 * FRI",
  "0 0 1-7 * 1",
  "0 0 */2 * MON",
  "0 0 13 JAN-MAR,oct */2",
  "30 2 29 3 *"
]
const expressions = [...paces, ...once, ...several, ...days]

/** Before, in and after each move; a zone with one move or none is asked at more instants. */
const startsOf = (moves: ReadonlyArray<Move>): ReadonlyArray<number> => {
  const offsets = [-20 * day, -day, -2 * hour, -minutes(45), -minutes(30), -1000, 0, minutes(10), hour, 3 * hour]
  const more = [-7 * hour, -hour, -minutes(15), -1, 1, 1000, minutes(30), minutes(45), 2 * hour, day]
  return moves.flatMap(({ at }) => (moves.length > 1 ? offsets : [...offsets, ...more]).map((offset) => at + offset))
}

export type Library = "croner" | "cron-parser"

export interface Difference {
  readonly library: Library
  readonly expression: string
  readonly zone: string
  readonly asked: number
  /** Who runs at the instant. */
  readonly who: "only they" | "only we"
  readonly at: number
  readonly move: Move
}

type Ask = (after: number) => number | undefined

const remembered = (ask: Ask): Ask => {
  const answers = new Map<number, number | undefined>()
  return (after) => {
    const answer = answers.get(after) ?? ask(after)
    answers.set(after, answer)
    return answer
  }
}

const take = (ask: Ask, asked: number): ReadonlyArray<number> => {
  const instants: Array<number> = []
  for (let at = ask(asked); at !== undefined && instants.push(at) < 3; ) at = ask(at)
  assert.lengthOf(instants, 3)
  return instants
}

export const answers = {
  croner: (expression: string, zone: string) => {
    const cron = new Cron(expression, { timezone: zone, paused: true })
    const ask = remembered((after) => cron.nextRun(new Date(after))?.getTime())
    return (asked: number) => take(ask, asked)
  },
  "cron-parser": (expression: string, zone: string) => (asked: number) => {
    const cron = CronExpressionParser.parse(expression, { tz: zone, currentDate: new Date(asked) })
    return take(() => cron.next().getTime(), asked)
  }
}

const ours = new Map<string, Ask>()

export const ourAnswers = (expression: string, zone: string) => {
  const calendar = Either.getOrThrow(Calendar.cron(expression, zone))
  const key = `${expression} ${zone}`
  const ask = ours.get(key) ?? remembered((after) => calendar.next(0, after) ?? undefined)
  ours.set(key, ask)
  return (asked: number) => take(ask, asked)
}

const nearest = (moves: ReadonlyArray<Move>, at: number): Move =>
  moves.reduce((a, b) => (Math.abs(b.at - at) < Math.abs(a.at - at) ? b : a), moves[0] ?? { at: 0, by: 0 })

// a move back by half an hour is left out for cron-parser, which is lost there: a test of its own shows how
const movesFor = (library: Library, zone: string, year: number): ReadonlyArray<Move> =>
  movesIn(zone, year).filter(({ by }) => library === "croner" || by !== minutes(-30))

export const differences = (library: Library): ReadonlyArray<Difference> =>
  zones.flatMap(([zone, year]) => {
    const moves = movesFor(library, zone, year)
    const starts = startsOf(moves.length > 0 ? moves : [{ at: Date.UTC(year, 2, 1), by: 0 }])
    return expressions.flatMap((expression) => {
      const [ask, askUs] = [answers[library](expression, zone), ourAnswers(expression, zone)]
      return starts.flatMap((asked) => {
        const [theirs, ours] = [ask(asked), askUs(asked)]
        const until = Math.min(theirs.at(-1) ?? asked, ours.at(-1) ?? asked)
        const among = (who: Difference["who"], some: ReadonlyArray<number>, others: ReadonlyArray<number>) =>
          some.filter((at) => at <= until && !others.includes(at)).map((at) => ({ who, at }))
        return [...among("only they", theirs, ours), ...among("only we", ours, theirs)].map(({ at, who }) => ({
          library,
          expression,
          zone,
          asked,
          who,
          at,
          move: nearest(moves, at)
        }))
      })
    })
  })
