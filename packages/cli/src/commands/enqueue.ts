/**
 * `tickwork enqueue`: stores a run of a job for a payload, and waits for its first attempt.
 *
 * It has no code of the application: the process that runs the job checks the payload against the job's schema.
 *
 * @internal
 */

import { Args, Options } from "@effect/cli"
import { InstanceState, JobProcesses, Requests, TimeText } from "@tickwork/web/view"
import { Clock, Effect, Either, Option } from "effect"
import { JobStore, Run } from "tickwork"
import * as CliError from "../CliError.ts"
import * as DatabaseCommand from "../DatabaseCommand.ts"
import * as Nearest from "../Nearest.ts"
import { Output } from "../Output.ts"
import * as RequestOptions from "../RequestOptions.ts"
import * as Cells from "../render/Cells.ts"
import * as SharedOptions from "../SharedOptions.ts"

/** A field `$` marks what JSON does not know where a store keeps a payload. */
const escaped = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && "$" in value ? { $: "object", v: value } : value

const payload = Args.text({ name: "JSON" }).pipe(
  Args.withDescription(
    "What the run receives, as the job's schema encodes it. The process that runs the job checks it."
  ),
  Args.mapEffect((text) =>
    Either.mapLeft(
      Either.try(() => JSON.parse(text, escaped) as unknown),
      () => SharedOptions.document(`The payload must be JSON, such as '{"to":"ada"}' or '"ada"', got ${text}`)
    )
  )
)

const key = Options.text("key").pipe(
  Options.withAlias("k"),
  Options.withPseudoName("KEY"),
  Options.withDescription("The key of the run: under one that is taken nothing is stored (default: a new key)."),
  Options.optional
)

const at = SharedOptions.due("at", "When it is due")

const unique = Options.choice("unique", ["stored", "waiting"] as const).pipe(
  Options.withDescription("How long a key is taken: while anything is stored of its run, or until it begins."),
  Options.withDefault("stored" as const)
)

/** Fails where no release has had the job, or where it takes no payload. */
const check = (jobName: string, { definitionsOf, names }: JobProcesses.Registries) => {
  const definition = definitionsOf(jobName).at(-1)
  if (definition === undefined)
    return CliError.failure(`There is no job ${JSON.stringify(jobName)}.${Nearest.hint(jobName, names)}`)
  return definition.definition === "once"
    ? Effect.void
    : CliError.failure(`${JSON.stringify(jobName)} takes no payload: tickwork trigger runs it now.`)
}

const pollMs = 20

/** The run once its first attempt has ended, or as it is after a time. */
const firstAttempt = (ref: JobStore.Ref, waitMs: number) =>
  Effect.gen(function* () {
    const store = yield* JobStore.JobStore
    const deadline = (yield* Clock.currentTimeMillis) + waitMs
    for (;;) {
      const [state] = yield* store.get([ref])
      const isOver = state === undefined || state.totalRuns > 0
      if (isOver || (yield* Clock.currentTimeMillis) >= deadline) return state
      yield* Effect.sleep(pollMs)
    }
  })

export const enqueue = DatabaseCommand.make(
  "enqueue",
  {
    description: "Enqueues a run of a job for a payload, which the process that runs the job checks.",
    access: "write"
  },
  { job: SharedOptions.job, payload, key, at, unique, ...RequestOptions.options },
  ({ at, by, job, key, payload, unique, wait, why }, global) =>
    Effect.gen(function* () {
      const output = yield* Output
      const registries = yield* JobProcesses.read
      yield* check(job, registries)
      const sender = yield* RequestOptions.sender({ by, why })
      const request = {
        verb: "enqueue" as const,
        jobName: job,
        key: Option.getOrElse(key, () => crypto.randomUUID()),
        ...sender,
        dueAt: Option.getOrNull(at),
        payload: { value: payload as never },
        unique
      }
      const { answers, doneAt } = yield* Requests.send([request], registries, wait)
      const { outcome, scheduledAt } = answers[0] ?? { outcome: "new" as const, scheduledAt: sender.at }
      const runKey = Run.keyOf(job, request.key, scheduledAt)
      const now = yield* Clock.currentTimeMillis
      const isDue = request.dueAt === null || request.dueAt <= now
      const isDone = doneAt[0] !== null && outcome === "new"
      const state = isDone ? yield* firstAttempt(request, isDue ? Math.max(0, wait - (now - sender.at)) : 0) : undefined
      const name = InstanceState.nameOf(request)
      if (isDone && state === undefined)
        return yield* CliError.failure(`${name} was refused: the log of the process that runs the job says why.`)
      const first = state === undefined ? null : state.lastStatus
      if (state?.lastError?.startsWith("PayloadDecodeError") === true)
        return yield* CliError.failure(`${name}: ${state.lastError}`)
      if (global.json) {
        const { at, by, why } = sender
        const attempt = state === undefined ? null : { status: first, error: state.lastError }
        return yield* output.json({
          verb: "enqueue",
          job,
          key: request.key,
          run: runKey,
          outcome,
          at,
          by,
          why,
          doneAt: doneAt[0],
          attempt
        })
      }
      const attempted =
        state === undefined || state.totalRuns === 0
          ? isDue
            ? "It has not ended yet."
            : `It is due ${TimeText.moment(scheduledAt, now, output.zone)}.`
          : `Its first attempt ended as ${first}${state.lastError === null ? "" : `: ${state.lastError}`}.`
      const lines =
        outcome === "duplicate"
          ? [`${name}: a duplicate, its key is taken by the run ${runKey}.`]
          : isDone
            ? [
                `${name}: enqueued after ${TimeText.duration(Math.max(0, (doneAt[0] ?? now) - sender.at))}. ${attempted}`
              ]
            : [
                `${name}: the enqueue request is pending. Its payload is checked by the process that runs the job.`,
                Requests.pendingHint(job, registries)
              ]
      const { width } = yield* output.page
      yield* output.lines(lines.flatMap((text) => Cells.wrap(Cells.escape(text), width)))
    })
)
