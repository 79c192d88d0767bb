/**
 * Counts the starts of this process under limits of a rate, and says how long an instance has to wait for one.
 *
 * A claim counts until it starts, and a start for the time of its window. It makes no store call and reads no clock.
 *
 * @internal
 */
import type { Limit } from "../../Limit.ts"
import * as Millis from "../Millis.ts"
import type { Registered } from "../plan/Registered.ts"
import type { Instance } from "./Instance.ts"

/** A limit that is reached for an instance, and until when. */
export interface Reached {
  readonly limit: string
  readonly until: number
}

/** What counts under one limit, or under one key of it: when it started, infinity before that. */
interface Window {
  readonly perMs: number
  readonly runs: Map<object, number>
}

/** With each claim, as many windows are looked through for what has passed: those of many keys would stay else. */
const sweptAtOnce = 2

/** Without a start in the window, another claim is to start first: it is checked again after this time. */
const againMs = 1000

const ratesOf = ({ job }: Registered): ReadonlyArray<Limit> => job.limits.filter(({ per }) => per !== null)

const dropPassed = ({ perMs, runs }: Window, now: number): void => {
  for (const [run, at] of runs) if (at <= now - perMs) runs.delete(run)
}

export class Rates {
  readonly #windows = new Map<string, Window>()
  /** What counts for the claim of an instance that has not started. */
  readonly #claims = new Map<Instance, object>()
  readonly #reached = new WeakMap<Instance, Reached>()
  /** By the names of the jobs. */
  readonly #rates: ReadonlyMap<string, ReadonlyArray<Limit>>

  constructor(registry: ReadonlyArray<Registered>) {
    const all = registry.map((registered) => [registered.job.name, ratesOf(registered)] as const)
    this.#rates = new Map(all.filter(([, rates]) => rates.length > 0))
  }

  /** True where no job has such a limit. */
  get isEmpty(): boolean {
    return this.#rates.size === 0
  }

  /** How many windows there are: those in which nothing counts any more are dropped in turn. */
  get size(): number {
    return this.#windows.size
  }

  /** The windows in which a run of an instance counts. */
  idsOf({ state }: Instance): ReadonlyArray<string> {
    return (this.#rates.get(state.jobName) ?? []).map(({ by, name }) =>
      JSON.stringify([name, by === "key" ? state.key : null])
    )
  }

  /** Why an instance waits for a rate; `null` where it does not. */
  reachedBy(instance: Instance, now: number): Reached | null {
    const reached = this.#reached.get(instance)
    return reached !== undefined && reached.until > now ? reached : null
  }

  hold(instance: Instance, reached: Reached): void {
    this.#reached.set(instance, reached)
  }

  /** Counts a claim, or says which limit is reached; `null` where none is. */
  take(instance: Instance, now: number): Reached | null {
    const rates = this.#rates.get(instance.state.jobName)
    // a commit that failed is tried again
    if (rates === undefined || this.#claims.has(instance)) return null
    this.#sweep(now)
    const ids = this.idsOf(instance)
    for (const [index, { atMost, name }] of rates.entries()) {
      const window = this.#windows.get(ids[index] ?? "")
      if (window === undefined) continue
      dropPassed(window, now)
      const { perMs, runs } = window
      if (runs.size < atMost) continue
      const first = Math.min(...runs.values())
      return { limit: name, until: Number.isFinite(first) ? Math.max(now + 1, first + perMs) : now + againMs }
    }
    const run = {}
    this.#claims.set(instance, run)
    for (const [index, { per }] of rates.entries())
      this.#windowOf(ids[index] ?? "", Millis.of(per)).runs.set(run, Number.POSITIVE_INFINITY)
    return null
  }

  /** Its claimed run starts: its window begins. */
  started(instance: Instance, now: number): void {
    const run = this.#claims.get(instance)
    if (run === undefined) return
    this.#claims.delete(instance)
    for (const id of this.idsOf(instance)) this.#windows.get(id)?.runs.set(run, now)
  }

  /** Its claim was refused or released: it does not count. */
  dropped(instance: Instance): void {
    const run = this.#claims.get(instance)
    if (run === undefined) return
    this.#claims.delete(instance)
    for (const id of this.idsOf(instance)) {
      const runs = this.#windows.get(id)?.runs
      runs?.delete(run)
      if (runs?.size === 0) this.#windows.delete(id)
    }
  }

  /** The clock was set: starts move with it. */
  moved(byMs: number): void {
    for (const { runs } of this.#windows.values())
      for (const [run, at] of runs) if (Number.isFinite(at)) runs.set(run, at + byMs)
  }

  /** Drops the first windows where nothing counts any more; the others go to the end of the row. */
  #sweep(now: number): void {
    let left = sweptAtOnce
    for (const [id, window] of this.#windows) {
      dropPassed(window, now)
      this.#windows.delete(id)
      if (window.runs.size > 0) this.#windows.set(id, window)
      left -= 1
      if (left === 0) return
    }
  }

  #windowOf(id: string, perMs: number): Window {
    const known = this.#windows.get(id)
    if (known !== undefined) return known
    const window = { perMs, runs: new Map() }
    this.#windows.set(id, window)
    return window
  }
}
