/**
 * `tickwork pause`, `resume` and `trigger`: stores a request and waits for a process to carry it out.
 *
 * The command itself carries out nothing: only a process that runs the job does.
 *
 * @internal
 */
import { userInfo } from "node:os"
import { Options } from "@effect/cli"
import { Clock, Effect, Option } from "effect"
import { Control, JobStore } from "tickwork"
import * as CliError from "../CliError.ts"
import * as DatabaseCommand from "../DatabaseCommand.ts"
import * as Instances from "../Instances.ts"
import * as JobProcesses from "../JobProcesses.ts"
import { Output } from "../Output.ts"
import * as Cells from "../render/Cells.ts"
import * as ClaimOwner from "../render/ClaimOwner.ts"
import * as InstanceState from "../render/InstanceState.ts"
import * as TimeText from "../render/TimeText.ts"
import * as SharedOptions from "../SharedOptions.ts"

type Verb = "pause" | "resume" | "trigger"

const past: Readonly<Record<Verb, string>> = { pause: "paused", resume: "resumed", trigger: "triggered" }

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

/** Empty where the system has no name for the user. */
const userName = Effect.orElseSucceed(
  Effect.try(() => userInfo().username),
  () => ""
)

/** When the request was carried out, or `null` where it is pending. */
const doneAtOf = (request: Control.Request, mark: number) =>
  Effect.gen(function* () {
    const store = yield* JobStore.JobStore
    const stored = (yield* store.requestsSince(mark)).requests.findLast(
      ({ at, by, jobName, key, verb, why }) =>
        at === request.at &&
        by === request.by &&
        why === request.why &&
        verb === request.verb &&
        jobName === request.jobName &&
        key === request.key
    )
    return stored?.doneAt ?? null
  })

const pollMs = 20

/** A request that is done is among those since the mark from before it was stored. */
const doneWithin = (request: Control.Request, mark: number, ms: number) =>
  Effect.gen(function* () {
    const deadline = (yield* Clock.currentTimeMillis) + ms
    for (;;) {
      const doneAt = yield* doneAtOf(request, mark)
      if (doneAt !== null || (yield* Clock.currentTimeMillis) >= deadline) return doneAt
      yield* Effect.sleep(pollMs)
    }
  })

/** Who will carry out a request that is pending. */
const pendingHint = (processes: ReadonlyArray<JobProcesses.JobProcess>): string => {
  const owners = processes.filter(({ runs }) => runs).map(({ owner }) => ClaimOwner.toText(owner))
  return owners.length === 0
    ? "No process that has this job is known to run: the next one that starts carries it out."
    : `It is for ${owners.join(" or ")}, which carries it out once it hears of it (the watch option of Tick.layer), or when the run is over.`
}

const hasPendingPause = ({ jobName, key }: JobStore.Ref) =>
  Effect.gen(function* () {
    const store = yield* JobStore.JobStore
    const requests = yield* store.pending
    return requests.some((request) => request.verb === "pause" && request.jobName === jobName && request.key === key)
  })

const command = (verb: Verb, description: string) =>
  DatabaseCommand.make(
    verb,
    { description, access: "write" },
    { job: SharedOptions.job, key: SharedOptions.key, why, by, wait },
    ({ by, job, key, wait, why }, global) =>
      Effect.gen(function* () {
        const output = yield* Output
        const store = yield* JobStore.JobStore
        const state = yield* Instances.one(job, key)
        const name = InstanceState.nameOf(state)
        if (state.unreadable !== undefined)
          return yield* CliError.failure(`${name} takes no request, since its row cannot be read: ${state.unreadable}.`)
        if (verb === "pause" && state.position.paused !== null)
          return yield* CliError.failure(`${name} is already paused.`)
        if (verb === "resume" && state.position.paused === null && !(yield* hasPendingPause(state))) {
          return yield* CliError.failure(`${name} is not paused.`)
        }
        const request: Control.Request = {
          verb,
          jobName: job,
          key: state.key,
          at: yield* Clock.currentTimeMillis,
          ...Control.senderOf({ by: Option.isSome(by) ? by.value : yield* userName, why }),
          dueAt: null,
          payload: null
        }
        const { mark } = yield* store.requestsSince(null)
        yield* store.submit([request])
        const doneAt = yield* doneWithin(request, mark, wait)
        if (global.json) {
          return yield* output.json({
            verb,
            job,
            key: state.key,
            at: request.at,
            by: request.by,
            why: request.why,
            doneAt
          })
        }
        const waited = wait === 0 ? "" : `; no process has carried it out within ${TimeText.duration(wait)}`
        const lines =
          doneAt === null
            ? [`${name}: the ${verb} request is pending${waited}.`, pendingHint(yield* JobProcesses.of(job))]
            : [`${name}: ${past[verb]} after ${TimeText.duration(Math.max(0, doneAt - request.at))}.`]
        const { width } = yield* output.page
        yield* output.lines(lines.flatMap((text) => Cells.wrap(Cells.escape(text), width)))
      })
  )

export const pause = command("pause", "Pauses a job: no further run starts by itself until it is resumed.")
export const resume = command("resume", "Resumes a paused job; its catch-up policy decides on what it missed.")
export const trigger = command("trigger", "Runs a job once beside its plan, even while it is paused.")
