/**
 * Stands between a simulated process and its store: it reports what is written, fails calls during an outage and kills the
 * process at a write. It changes no argument and no answer.
 *
 * @internal
 */
import { Context, Effect, Option } from "effect"
import { JobLog, type Service as LogService } from "tickwork/JobLog"
import type { Batch, Owner, Refused, Save, Service } from "tickwork/JobStore"
import { JobStore, StoreError } from "tickwork/JobStore"
import { JobTransaction } from "tickwork/JobTransaction"
import { forever } from "tickwork/testing/VirtualTime"
import type { Write } from "./Faults.ts"

export interface Hooks {
  readonly owner: (own: Owner) => Owner
  /** Calls pass unguarded: only the owner is this process. */
  readonly isUnwatched: boolean
  readonly isAlive: () => boolean
  /** Time stands still until the store has answered. */
  readonly visit: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  readonly isOut: () => boolean
  /** At which end of its next write the process is killed. */
  readonly strikesAt: () => Write | null
  readonly strike: () => void
  readonly written: (saves: ReadonlyArray<Save>) => void
}

const out = (operation: string) => new StoreError({ operation, reason: "the store is out, as simulated" })

const guarding = (hooks: Hooks) => {
  /** A call of a killed process never goes on. */
  const call = <A>(operation: string, effect: Effect.Effect<A, StoreError>): Effect.Effect<A, StoreError> =>
    Effect.suspend(() => {
      if (!hooks.isAlive()) return forever
      return hooks.isOut() ? out(operation) : effect
    })
  const killed = Effect.suspend(() => {
    hooks.strike()
    return forever
  })
  const write = <A, E>(effect: Effect.Effect<A, E>, written: (answer: A) => ReadonlyArray<Save>): Effect.Effect<A, E> =>
    Effect.suspend(() => {
      if (hooks.strikesAt() === "before") return killed
      return Effect.flatMap(effect, (answer) => {
        hooks.written(written(answer))
        return hooks.strikesAt() === "after" ? killed : Effect.succeed(answer)
      })
    })
  const accepted = ({ saves }: Batch, refused: Refused) =>
    refused.saves.length === 0 ? saves : saves.filter((save) => !refused.saves.includes(save))
  return { accepted, call, killed, write }
}

const store = (self: Service, hooks: Hooks): Service => {
  const owner = hooks.owner(self.owner)
  if (hooks.isUnwatched) return { ...self, owner }
  const { accepted, call, write } = guarding(hooks)
  const { visit } = hooks
  return {
    owner,
    load: (jobNames, which, partitions) => call("read states", visit(self.load(jobNames, which, partitions))),
    get: (refs) => call("read states", visit(self.get(refs))),
    names: call("read names", visit(self.names)),
    rename: (from, to, holders) => call("rename a job", visit(self.rename(from, to, holders))),
    define: (definitions) => call("keep definitions", visit(self.define(definitions))),
    beat: (process) => call("say that it lives", visit(self.beat(process))),
    leave: (ids) => call("leave", visit(self.leave(ids))),
    processes: call("read the processes", visit(self.processes)),
    add: (states, answers) => call("add states", visit(self.add(states, answers))),
    admit: (admissions) => call("add states", visit(self.admit(admissions))),
    forget: (ref, answer) => call("forget an instance", visit(self.forget(ref, answer))),
    commit: (batch) =>
      call(
        "commit",
        write(visit(self.commit(batch)), (refused) => accepted(batch, refused))
      ),
    renew: (claims) => call("renew claims", visit(self.renew(claims))),
    progress: (progressed) => call("keep how far runs are", visit(self.progress(progressed))),
    submit: (requests) => call("keep requests", visit(self.submit(requests))),
    pending: call("read requests", visit(self.pending)),
    requestsSince: (mark, among) => call("read requests", visit(self.requestsSince(mark, among))),
    watch: (watcher) => self.watch(watcher),
    announce: call("announce", visit(self.announce))
  }
}

const log = (self: LogService, hooks: Hooks): LogService => {
  if (hooks.isUnwatched) return self
  const { call } = guarding(hooks)
  const { visit } = hooks
  return {
    entries: (query) => call("read the log", visit(self.entries(query))),
    history: (query) => call("read the log", visit(self.history(query))),
    samples: (query) => call("read the log", visit(self.samples(query))),
    since: (mark, limit) => call("read the log", visit(self.since(mark, limit))),
    latest: (jobNames, limit) => call("read the log", visit(self.latest(jobNames, limit))),
    states: (query) => call("read states", visit(self.states(query))),
    counts: (query) => call("count the instances", visit(self.counts(query))),
    size: call("measure the store", visit(self.size)),
    baselines: (refs) => call("read baselines", visit(self.baselines(refs))),
    oldest: (query) => call("read the log", visit(self.oldest(query))),
    prune: (cuts) => call("prune the log", visit(self.prune(cuts)))
  }
}

const transaction = (
  self: Context.Tag.Service<typeof JobTransaction>,
  hooks: Hooks
): Context.Tag.Service<typeof JobTransaction> => {
  const { killed } = guarding(hooks)
  return {
    isolations: self.isolations,
    around: (claim, body, saveOf, isolation) =>
      Effect.suspend(() => {
        if (!hooks.isAlive()) return forever
        if (hooks.isOut()) return out("begin a transaction")
        const saving: typeof saveOf = (value) =>
          Effect.suspend(() => (hooks.strikesAt() === "before" ? killed : saveOf(value)))
        return Effect.flatMap(self.around(claim, body, saving, isolation), (save) => {
          hooks.written([save])
          return hooks.strikesAt() === "after" ? killed : Effect.succeed(save)
        })
      })
  }
}

/** A store and its log. */
export type Stored = JobStore | JobLog

/** The services of a store, guarded. */
export const guard = (services: Context.Context<Stored>, hooks: Hooks): Context.Context<Stored> => {
  const guarded = Context.add(services, JobStore, store(Context.get(services, JobStore), hooks)).pipe(
    Context.add(JobLog, log(Context.get(services, JobLog), hooks))
  )
  return Option.match(Context.getOption(services, JobTransaction), {
    onNone: () => guarded,
    onSome: (own) => Context.add(guarded, JobTransaction, transaction(own, hooks))
  })
}
