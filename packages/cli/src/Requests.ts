/**
 * Stores requests and waits for a process to carry them out.
 *
 * The command itself carries out nothing: only a process that has the jobs does.
 *
 * @internal
 */
import { userInfo } from "node:os"
import { Options } from "@effect/cli"
import { Clock, Effect, Option } from "effect"
import { Control, JobStore } from "tickwork"
import type * as JobProcesses from "./JobProcesses.ts"
import * as ClaimOwner from "./render/ClaimOwner.ts"
import * as SharedOptions from "./SharedOptions.ts"

const why = Options.text("why").pipe(
  Options.withPseudoName("TEXT"),
  Options.withDescription("The reason, kept in the log."),
  Options.withDefault("")
)

const by = Options.text("by").pipe(
  Options.withPseudoName("NAME"),
  Options.withDescription("Who makes the request (default: the user of this system)."),
  Options.optional
)

const wait = SharedOptions.duration("wait").pipe(
  Options.withDescription("How long to wait for a process to carry out the request (default: 5s; 0s does not wait)."),
  Options.withDefault(5000)
)

/** The options of every request. */
export const options = { why, by, wait }

/** Empty where the system has no name for the user. */
const userName = Effect.orElseSucceed(
  Effect.try(() => userInfo().username),
  () => ""
)

/** When a request is made, by whom and why, as it is stored. */
export const sender = ({ by, why }: { readonly by: Option.Option<string>; readonly why: string }) =>
  Effect.gen(function* () {
    const at = yield* Clock.currentTimeMillis
    return { at, ...Control.senderOf({ by: Option.isSome(by) ? by.value : yield* userName, why }) }
  })

const pollMs = 20

const idOf = ({ at, by, jobName, key, verb, why }: Control.Request): string =>
  JSON.stringify([verb, jobName, key, at, by, why])

export interface Sent {
  readonly answers: ReadonlyArray<JobStore.Submitted>
  /** When each request was carried out; `null` where it is pending, or was not stored as a duplicate. */
  readonly doneAt: ReadonlyArray<number | null>
}

/**
 * Stores requests in one transaction, and waits until they are carried out. It does not wait where no process is alive
 * that has one of the jobs.
 */
export const send = (
  requests: ReadonlyArray<JobStore.Submission>,
  registries: JobProcesses.Registries,
  waitMs: number
): Effect.Effect<Sent, JobStore.StoreError, JobStore.JobStore> =>
  Effect.gen(function* () {
    const store = yield* JobStore.JobStore
    // a request that is done is among those since the mark from before it was stored
    const { mark } = yield* store.requestsSince(null)
    const { answers } = yield* store.submit(requests)
    const isHeard = registries.isAnyAlive && requests.some((request) => isForLiving(request, registries))
    const deadline = (yield* Clock.currentTimeMillis) + (isHeard ? waitMs : 0)
    const done = new Map<string, number>()
    for (;;) {
      for (const request of (yield* store.requestsSince(mark)).requests)
        if (request.doneAt !== null) done.set(idOf(request), request.doneAt)
      const isOver = requests.every(
        (request, index) => done.has(idOf(request)) || answers[index]?.outcome === "duplicate"
      )
      if (isOver || (yield* Clock.currentTimeMillis) >= deadline) break
      yield* Effect.sleep(pollMs)
    }
    return { answers, doneAt: requests.map((request) => done.get(idOf(request)) ?? null) }
  })

/** What no registry names, any process forgets. */
const isForLiving = ({ jobName, verb }: Control.Request, registries: JobProcesses.Registries): boolean =>
  registries.isNamed(jobName) || verb === "forget"

/** Who will carry out a request that is pending. */
export const pendingHint = (jobName: string, registries: JobProcesses.Registries): string => {
  const owners = registries
    .of(jobName)
    .filter(({ runs }) => runs)
    .map(({ owner }) => ClaimOwner.toText(owner))
  return owners.length === 0
    ? "No process that has this job is known to run: the next one that starts carries it out."
    : `It is for ${owners.join(" or ")}, which carries it out once it hears of it (the watch option of Tick.layer), or when the run is over.`
}
