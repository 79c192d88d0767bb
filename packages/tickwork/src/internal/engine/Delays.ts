/**
 * Finds runs that take too long, and jobs that wait too long for a slot. Each has one notice until it is over.
 *
 * It sets no timer: it is called in turns that other work takes.
 *
 * @internal
 */
import type { TickHealth } from "../../TickHealth.ts"
import * as DurationText from "../DurationText.ts"
import * as Plan from "../plan/Plan.ts"
import type { Registered } from "../plan/Registered.ts"
import type * as Attempt from "./Attempt.ts"
import type { DelayLimits, Engine } from "./Engine.ts"
import * as Instance from "./Instance.ts"
import * as Notices from "./Notices.ts"
import { checkDelaysMs } from "./Tuning.ts"

type Delayed = Pick<TickHealth, "starving" | "stuck">

const intervals = 3

/** When the third of its instants since a run began has come; infinity where none is planned. */
const thirdInstant = ({ cadence }: Registered, { instance, run }: Attempt.Started): number => {
  if (cadence._tag === "Schedule") return Number.POSITIVE_INFINITY
  if (cadence.intervalMs !== null) return run.startedAt + intervals * cadence.intervalMs
  let at: number | null = run.startedAt
  for (let n = 0; n < intervals && at !== null; n++) at = cadence.next(instance.state.position.cadence.anchor, at)
  return at ?? Number.POSITIVE_INFINITY
}

interface Limit {
  /** When the run is too long, in ms since the epoch. */
  readonly at: number
  readonly why: string
}

const limitOf = (started: Attempt.Started, { overrunMs, stuckMs }: DelayLimits, now: number): Limit => {
  const { registered } = started.instance
  const { startedAt } = started.run
  const { job, timeoutMs } = registered
  const whole: Limit =
    timeoutMs === null
      ? { at: startedAt + stuckMs, why: `it has no timeout and has run for more than ${DurationText.of(stuckMs)}` }
      : {
          at: startedAt + timeoutMs + job.conditions.length * Plan.longestCheckMs,
          why: `its timeout of ${DurationText.of(timeoutMs)} is over and it has not ended`
        }
  const soonest = startedAt + overrunMs
  const at = now > soonest ? Math.max(soonest, thirdInstant(registered, started)) : Number.POSITIVE_INFINITY
  return at < whole.at ? { at, why: "it has run for longer than three of its intervals" } : whole
}

/** The instances whose bodies run here, also after the stop of another tick. */
const runningIn = (engine: Engine): ReadonlyArray<Instance.Instance> => [
  ...engine.running.keys(),
  ...engine.outlived.keys()
]

/** The instance of each job that has waited longest in a lane. */
const longestWaiting = (engine: Engine): ReadonlyMap<Registered, Instance.Instance> => {
  const longest = new Map<Registered, Instance.Instance>()
  for (const instance of engine.lanes.all()) {
    const other = longest.get(instance.registered)
    if (other === undefined || instance.queuedAt < other.queuedAt) longest.set(instance.registered, instance)
  }
  return longest
}

const starvingOf = (engine: Engine, instance: Instance.Instance): Delayed["starving"] => {
  const slot = engine.lanes.missing(instance)
  if (slot === null) return []
  const holders = runningIn(engine).filter((other) => other !== instance && Plan.isIn(other, slot))
  // without a holder it waits for the store
  if (holders.length === 0) return []
  const refs = holders.slice(0, Plan.longestList).map(({ state }) => Instance.refOf(state))
  return [{ ...Instance.refOf(instance.state), since: instance.queuedAt, slot, holders: refs }]
}

/** The runs that take too long and the jobs that wait too long for a slot. */
export const of = (engine: Engine, now: number): Delayed => {
  const { delays } = engine.settings
  return {
    stuck: [...engine.running].flatMap(([{ state }, started]) => {
      const { at, why } = limitOf(started, delays, now)
      const { startedAt } = started.run
      return now > at ? [{ ...Instance.refOf(state), since: startedAt, owner: engine.owner.id, why }] : []
    }),
    starving: [...longestWaiting(engine).values()].flatMap((instance) =>
      now - instance.queuedAt > delays.starvingMs ? starvingOf(engine, instance) : []
    )
  }
}

export class Delays {
  #checkedAt = Number.NEGATIVE_INFINITY
  /** What has had its notice and is not over: the runs by instance and start, the jobs by name. */
  #told: ReadonlySet<string> = new Set()

  /** Tells what has become too long since the last check. */
  check(engine: Engine, now: number): void {
    // the clock may have been set back
    if (now - this.#checkedAt < checkDelaysMs && now >= this.#checkedAt) return
    this.#checkedAt = now
    const { starving, stuck } = of(engine, now)
    const found = new Map([
      ...stuck.map((run) => [JSON.stringify([run.jobName, run.key, run.since]), Notices.stuck(run)] as const),
      ...starving.map((wait) => [JSON.stringify(wait.jobName), Notices.starving(wait)] as const)
    ])
    for (const [id, notice] of found) if (!this.#told.has(id)) engine.notices.push(notice)
    this.#told = new Set(found.keys())
  }
}
