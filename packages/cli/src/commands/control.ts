/**
 * `tickwork pause`, `resume` and `trigger`: asks something of an instance, and waits for a process to do it.
 *
 * What is asked is stored, whatever happens then. Nothing is done here: only a process that runs the job does it.
 *
 * @internal
 */
import { userInfo } from "node:os"
import { Options } from "@effect/cli"
import { Clock, Effect, Option } from "effect"
import { type Control, JobStore } from "tickwork"
import * as CliError from "../CliError.ts"
import * as DatabaseCommand from "../DatabaseCommand.ts"
import * as Instances from "../Instances.ts"
import { Output } from "../Output.ts"
import * as Cells from "../render/Cells.ts"
import * as TimeText from "../render/TimeText.ts"
import * as SharedOptions from "../SharedOptions.ts"

type Verb = "pause" | "resume" | "trigger"

const past: Readonly<Record<Verb, string>> = { pause: "paused", resume: "resumed", trigger: "triggered" }

const why = Options.text("why").pipe(
  Options.withPseudoName("TEXT"),
  Options.withDescription("Why; it is told in the history."),
  Options.withDefault("")
)

const by = Options.text("by").pipe(
  Options.withPseudoName("NAME"),
  Options.withDescription("Who asks; the user of this system unless set."),
  Options.optional
)

const wait = SharedOptions.duration("wait").pipe(
  Options.withDescription("How long to wait for a running process to do it; 5s unless set, 0s not at all."),
  Options.withDefault(5000)
)

/** A system need not know a name for its user. */
const userName = Effect.orElseSucceed(
  Effect.try(() => userInfo().username),
  () => ""
)

const everyMs = 100

/** What was asked, as it stands by now. */
const asked = (request: Control.Request) =>
  Effect.gen(function* () {
    const store = yield* JobStore.JobStore
    const all = yield* store.pending(request.at)
    return all.findLast(
      ({ at, by, jobName, key, verb, why }) =>
        at === request.at &&
        by === request.by &&
        why === request.why &&
        verb === request.verb &&
        jobName === request.jobName &&
        key === request.key
    )
  })

/** The instant at which it was done, where that is soon. */
const doneWithin = (request: Control.Request, ms: number) =>
  Effect.gen(function* () {
    const until = (yield* Clock.currentTimeMillis) + ms
    for (;;) {
      const doneAt = (yield* asked(request))?.doneAt ?? null
      if (doneAt !== null || (yield* Clock.currentTimeMillis) >= until) return doneAt
      yield* Effect.sleep(everyMs)
    }
  })

const pending: Readonly<Record<Verb, string>> = {
  pause:
    "It is stored, and the next process that looks pauses it: one that watches (Tick.layer's watch), or one that starts.",
  resume:
    "It is stored, and the next process that looks resumes it: one that watches (Tick.layer's watch), or one that starts.",
  trigger:
    "It is stored, and the next process that looks runs it: one that watches (Tick.layer's watch), or one that starts."
}

const command = (verb: Verb, description: string) =>
  DatabaseCommand.command(
    verb,
    { description, access: "write" },
    { job: SharedOptions.job, key: SharedOptions.key, why, by, wait },
    ({ by, job, key, wait, why }, given) =>
      Effect.gen(function* () {
        const output = yield* Output
        const store = yield* JobStore.JobStore
        const state = yield* Instances.one(job, key)
        const name = state.key === "" ? job : `${job} of ${state.key}`
        if (verb === "pause" && state.paused !== null) return yield* CliError.found(`${name} is paused already.`)
        if (verb === "resume" && state.paused === null && !(yield* isPauseAsked(state))) {
          return yield* CliError.found(`${name} is not paused.`)
        }
        const request: Control.Request = {
          verb,
          jobName: job,
          key: state.key,
          at: yield* Clock.currentTimeMillis,
          by: Option.isSome(by) ? by.value : yield* userName,
          why,
          dueAt: null,
          payload: null
        }
        yield* store.submit([request])
        const doneAt = yield* doneWithin(request, wait)
        if (given.json) {
          return yield* output.json({ verb, job, key: state.key, at: request.at, by: request.by, why, doneAt })
        }
        const said =
          doneAt === null
            ? [
                `${name}: asked to ${verb}, and no process has done it ${wait === 0 ? "yet" : `within ${TimeText.duration(wait)}`}.`,
                pending[verb]
              ]
            : [`${name}: ${past[verb]} after ${TimeText.duration(Math.max(0, doneAt - request.at))}.`]
        const { width } = yield* output.page
        yield* output.lines(said.flatMap((text) => Cells.wrap(Cells.escape(text), width)))
      })
  )

const isPauseAsked = ({ jobName, key }: JobStore.Ref) =>
  Effect.gen(function* () {
    const store = yield* JobStore.JobStore
    const all = yield* store.pending()
    return all.some((request) => request.verb === "pause" && request.jobName === jobName && request.key === key)
  })

export const pause = command("pause", "Keeps a job from running by itself, until it is resumed.")
export const resume = command("resume", "Lets a paused job go on; what it missed is up to its policy.")
export const trigger = command("trigger", "Runs a job once, beside its plan, also while it is paused.")
