/**
 * The jobs of a registry as a simulation plays them: their own bodies or their stubs, with every run in the accounts.
 * Cadences, policies, slots and dependencies stay as they are.
 *
 * @internal
 */
import { Effect } from "effect"
import type * as Job from "tickwork/Job"
import type * as Jobs from "tickwork/Jobs"
import type { Run } from "tickwork/Run"
import * as JobDefinition from "tickwork/testing/JobDefinition"
import { forever, type VirtualTime } from "tickwork/testing/VirtualTime"
import type { Account } from "./Account.ts"
import type { ExternalWaits } from "./ExternalWaits.ts"
import { conditionsOf, player, type Stub } from "./Stub.ts"

const StubId: unique symbol = Symbol.for("tickwork/Stub")

export const stubOf = (job: Job.Any): Stub | null => (JobDefinition.of(job) as { [StubId]?: Stub })[StubId] ?? null

/** The job, with the stub that takes its place when it is played. */
export const withStub = <J extends Job.Any>(job: J, stub: Stub): J =>
  JobDefinition.copy(job, { [StubId]: stub } as Partial<JobDefinition.Definition>)

export interface Stage {
  readonly time: VirtualTime
  readonly account: Account
  readonly outside: ExternalWaits
  readonly seed: number
  /** The store has a `JobTransaction` for transactional jobs. */
  readonly hasTransactions: boolean
  /** False once the process was killed: it begins nothing. */
  readonly isAlive: () => boolean
}

/** An attempt that enters its beginning, its end and its work into the account. */
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

const bodyOf = (job: Job.Any, stub: Stub, stage: Stage): JobDefinition.Definition["body"] => {
  const { body } = stub
  if (body !== undefined) return (run) => watched(job, stage, body(run))
  const { account, seed } = stage
  const play = player(stub, seed)
  return (run: Run) => {
    const { busyMs, end, takesMs } = play(run)
    if (takesMs > 0) return watched(job, stage, Effect.zipRight(Effect.sleep(takesMs), end), busyMs)
    // a run that takes no time needs no finalizer
    account.began(job.name)
    account.ended(job.name, 0)
    return end
  }
}

const playing = (job: Job.Any, stub: Stub, stage: Stage): Job.Any => {
  const { isTransactional, keys } = JobDefinition.of(job)
  return JobDefinition.copy(job, {
    body: bodyOf(job, stub, stage),
    conditions: conditionsOf(stub, stage.seed, job),
    keys: keys === null ? null : { ...keys, list: Effect.succeed([...(stub.keys ?? [])]) },
    isTransactional: isTransactional && stage.hasTransactions,
    isolation: null
  })
}

const itself = (job: Job.Any, stage: Stage): Job.Any => {
  const { visit } = stage.outside
  const { body, conditions, keys } = JobDefinition.of<any>(job)
  return JobDefinition.copy(job, {
    body: (run) => watched(job, stage, visit(body(run))),
    conditions: conditions.map((condition) => ({ ...condition, holds: visit(condition.holds) })),
    keys: keys === null ? null : { ...keys, list: visit(keys.list) }
  })
}

/** The registry as a process plays it. */
export const registry = (jobs: Jobs.Jobs<unknown>, stage: Stage): Jobs.Jobs<unknown> =>
  JobDefinition.map(jobs, (job) => {
    const stub = stubOf(job)
    const played = stub === null ? itself(job, stage) : playing(job, stub, stage)
    const { body } = JobDefinition.of<any>(played)
    return JobDefinition.copy(played, { body: (run) => (stage.isAlive() ? body(run) : forever) })
  })
