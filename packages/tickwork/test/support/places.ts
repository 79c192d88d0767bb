/**
 * Jobs that share places in every way, and what law 4 says of a start among them, told anew.
 */
import { FastCheck as fc } from "effect"
import { Job, Limit } from "tickwork"

export const units: Record<string, number> = { network: 1, disk: 2, gpu: 1 }

export interface Sharer {
  readonly mode: Job.ConcurrencyMode
  readonly limits: ReadonlyArray<string>
  readonly priority: number
}

const mode = fc.constantFrom<Array<Job.ConcurrencyMode>>("serial", "serial", "parallel", "parallel", "parallel")

export const sharer: fc.Arbitrary<Sharer> = fc.record({
  mode: fc.oneof({ weight: 12, arbitrary: mode }, { weight: 1, arbitrary: fc.constant("exclusive" as const) }),
  limits: fc.subarray(Object.keys(units)),
  priority: fc.integer({ min: 1, max: 10 })
})

const inPlace = <Name extends string, A, E, R>(job: Job.Job<Name, A, E, R>, mode: Job.ConcurrencyMode) =>
  mode === "exclusive" ? Job.exclusive(job) : mode === "parallel" ? Job.parallel(job) : Job.serial(job)

export const share =
  ({ limits, mode, priority }: Sharer) =>
  <Name extends string, A, E, R>(job: Job.Job<Name, A, E, R>): Job.Job<Name, A, E, R> =>
    limits.reduce<Job.Job<Name, A, E, R>>(
      (job, name) => Job.limit(job, Limit.make(name, units[name] ?? 1)),
      inPlace(job.pipe(Job.priority(priority)), mode)
    )

/** An instance that is due or runs. */
export interface Present extends Sharer {
  readonly name: string
  readonly since: number
}

const needsOf = ({ limits, mode }: Sharer) => [mode, ...limits]

const urgency = (priority: number, since: number, now: number) => {
  let effective = priority
  for (let at = since + 30_000; at <= now && effective > 1; at += 30_000) effective -= 1
  return effective
}

export const isAhead = (a: Present, b: Present, now: number): boolean => {
  const order = urgency(a.priority, a.since, now) - urgency(b.priority, b.since, now) || a.since - b.since
  return order < 0 || (order === 0 && a.name < b.name)
}

export interface Start {
  readonly now: number
  readonly started: Present
  /** What runs, with the one that has just started. */
  readonly running: ReadonlyArray<Present>
  /** What is due and does not run. */
  readonly due: ReadonlyArray<Present>
  readonly concurrency: number
}

const all = (mode: string, concurrency: number) => ({ serial: 1, parallel: concurrency, ...units })[mode] ?? 0

/** True where what waits has something to wait for. */
export const hasReason = (waits: {
  readonly one: Sharer
  readonly running: ReadonlyArray<Sharer>
  readonly ahead: ReadonlyArray<Sharer>
  readonly concurrency: number
}): boolean => {
  const { ahead, concurrency, one, running } = waits
  const others = [...running, ...ahead]
  if (others.some(({ mode }) => mode === "exclusive")) return true
  if (one.mode === "exclusive") return others.length > 0
  const kinds = [...new Map(ahead.map((other) => [needsOf(other).join(), other])).values()]
  const used = (mode: string) => [...running, ...kinds].filter((other) => needsOf(other).includes(mode)).length
  return needsOf(one).some((mode) => used(mode) >= all(mode, concurrency))
}

/** What is wrong with a start, by the law; empty where nothing is. */
export const faultsOf = ({ concurrency, due, now, running, started }: Start): ReadonlyArray<string> => {
  const allOf = (mode: string) => all(mode, concurrency)
  const taken = (mode: string) => running.filter((one) => needsOf(one).includes(mode)).length
  const uses = needsOf(started)
  const isAlone = ({ mode }: Sharer) => mode === "exclusive"
  const ahead = due.filter((one) => isAhead(one, started, now))
  const over = uses.filter((mode) => mode !== "exclusive" && taken(mode) > allOf(mode))
  return [
    ...over.map((mode) => `${mode} is taken ${taken(mode)} times`),
    ...(running.length > 1 && running.some(isAlone) ? ["something runs beside an exclusive one"] : []),
    ...ahead.flatMap((waiting) => {
      if (isAlone(started) || isAlone(waiting)) return [`${waiting.name} waits, and one of both needs everything`]
      const shared = needsOf(waiting).filter((mode) => uses.includes(mode))
      if (shared.length === 0) return []
      const isKept = (mode: string) =>
        due.some((other) => isAhead(other, waiting, now) && needsOf(other).includes(mode))
      const others = needsOf(waiting).filter((mode) => !uses.includes(mode))
      // what it needs is left for it: it only has to be claimed
      const isNext = needsOf(waiting).every((mode) => taken(mode) < allOf(mode))
      return isNext || others.some((mode) => taken(mode) >= allOf(mode) || isKept(mode))
        ? []
        : [`${waiting.name} waits for nothing but what ${started.name} took`]
    }),
    ...uses.flatMap((mode) => {
      const kinds = new Set(
        ahead
          .map(needsOf)
          .filter((needs) => needs.includes(mode))
          .map(String)
      )
      return taken(mode) + kinds.size <= allOf(mode) || isAlone(started) ? [] : [`no ${mode} is left for who waits`]
    })
  ]
}
