/**
 * The jobs of a registry as a simulation plays them: their own bodies, or what stands in for them, with every run in
 * the books.
 *
 * Cadences, policies, places and dependencies stay as they are. It runs nothing.
 *
 * @internal
 */
import { Effect } from "effect"
import * as Job from "../Job.ts"
import * as Jobs from "../Jobs.ts"
import type { Run } from "../Run.ts"
import type { Account } from "./Account.ts"
import type { Outside } from "./Outside.ts"
import { conditionsOf, player, type StandIn } from "./StandIn.ts"
import { forever, type VirtualTime } from "./VirtualTime.ts"

const StandInId: unique symbol = Symbol.for("tickwork/StandIn")

export const standInOf = (job: Job.Any): StandIn | null => (job as { [StandInId]?: StandIn })[StandInId] ?? null

/** The job, with something that stands in for it when it is played. */
export const withStandIn = <J extends Job.Any>(job: J, standIn: StandIn): J =>
  Job.copy(job, { [StandInId]: standIn } as Partial<Job.Any>)

export interface Stage {
  readonly time: VirtualTime
  readonly account: Account
  readonly outside: Outside
  readonly seed: number
  /** The store has transactions for jobs that are transactional. */
  readonly hasTransactions: boolean
  /** A process that was killed begins nothing. */
  readonly isAlive: () => boolean
}

/** An attempt whose beginning and end are in the books, with what it keeps the machine at work for. */
const watched = <A, E, R>(
  { name }: Job.Any,
  { account, time }: Stage,
  attempt: Effect.Effect<A, E, R>,
  mostBusyMs = Number.POSITIVE_INFINITY
): Effect.Effect<A, E, R> => {
  const from = time.passed
  account.began(name)
  return Effect.onExit(attempt, () => Effect.sync(() => account.ended(name, Math.min(time.passed - from, mostBusyMs))))
}

const bodyOf = (job: Job.Any, standIn: StandIn, stage: Stage): Job.Any["body"] => {
  const { body } = standIn
  if (body !== undefined) return (run) => watched(job, stage, body(run))
  const { account, seed } = stage
  const play = player(standIn, seed)
  return (run: Run) => {
    const { busyMs, end, takesMs } = play(run)
    if (takesMs > 0) return watched(job, stage, Effect.zipRight(Effect.sleep(takesMs), end), busyMs)
    // what takes no time need not be watched
    account.began(job.name)
    account.ended(job.name, 0)
    return end
  }
}

const playing = (job: Job.Any, standIn: StandIn, stage: Stage): Job.Any =>
  Job.copy(job, {
    body: bodyOf(job, standIn, stage),
    conditions: conditionsOf(standIn, stage.seed, job),
    keys: job.keys === null ? null : { ...job.keys, list: Effect.succeed([...(standIn.keys ?? [])]) },
    isTransactional: job.isTransactional && stage.hasTransactions
  })

const itself = (job: Job.Any, stage: Stage): Job.Any => {
  const { visit } = stage.outside
  return Job.copy(job, {
    body: (run) => watched(job, stage, visit(job.body(run))),
    conditions: job.conditions.map((condition) => ({ ...condition, holds: visit(condition.holds) })),
    keys: job.keys === null ? null : { ...job.keys, list: visit(job.keys.list) }
  })
}

/** The registry as it is played. */
export const registry = (jobs: Jobs.Jobs<unknown>, stage: Stage): Jobs.Jobs<unknown> =>
  Jobs.map(jobs, (job) => {
    const standIn = standInOf(job)
    const played = standIn === null ? itself(job, stage) : playing(job, standIn, stage)
    return Job.copy(played, { body: (run) => (stage.isAlive() ? played.body(run) : forever) })
  })
