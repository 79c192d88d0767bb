/**
 * `tickwork pause`, `resume`, `trigger`, `retry`, `cancel` and `forget`: stores a request for an instance, or one for each of
 * many, and waits for a process to carry it out.
 *
 * @internal
 */
import { Args, Options } from "@effect/cli"
import { ClaimOwner, Counted, InstanceState, Instances, JobProcesses, Requests, TimeText } from "@tickwork/web/view"
import { Clock, Effect, Option } from "effect"
import { type JobState, JobStore } from "tickwork"
import * as CliError from "../CliError.ts"
import * as Confirm from "../Confirm.ts"
import * as DatabaseCommand from "../DatabaseCommand.ts"
import * as NamedInstances from "../NamedInstances.ts"
import { Output } from "../Output.ts"
import * as RequestOptions from "../RequestOptions.ts"
import * as Cells from "../render/Cells.ts"
import * as SharedOptions from "../SharedOptions.ts"

interface Chosen {
  readonly states: ReadonlyArray<JobState.JobState>
  /** False where the command line names one instance. */
  readonly isMany: boolean
}

interface Named {
  readonly job: Option.Option<string>
  readonly key: Option.Option<string>
  readonly all: boolean
}

const choose = ({ all, job, key }: Named) =>
  Effect.gen(function* () {
    if (all && Option.isSome(key)) return yield* CliError.usage("--all takes every key: leave --key out.")
    if (Option.isNone(job)) {
      if (!all) return yield* CliError.usage("Name a job, or use --all for all jobs.")
      return { states: yield* Instances.all(), isMany: true } satisfies Chosen
    }
    const names = yield* NamedInstances.named(job.value)
    if (names.length > 0 && Option.isSome(key))
      return yield* CliError.usage("A pattern takes every key: leave --key out.")
    if (names.length > 0) {
      const states = yield* Effect.forEach(names, (name) => Instances.all(name))
      return { states: states.flat(), isMany: true } satisfies Chosen
    }
    if (!all) return { states: [yield* NamedInstances.one(job.value, key)], isMany: false } satisfies Chosen
    yield* NamedInstances.checkJob(job.value)
    return { states: yield* Instances.all(job.value), isMany: true } satisfies Chosen
  })

const jobsOf = (states: ReadonlyArray<JobStore.Ref>): ReadonlyArray<string> => [
  ...new Set(states.map(({ jobName }) => jobName))
]

/** "3 instances of 2 jobs", or the name of the only one. */
const nameOf = ({ isMany, states }: Chosen): string => {
  const [only] = states
  if (!isMany && only !== undefined) return InstanceState.nameOf(only)
  return `${Counted.of(states.length, "instance")} of ${Counted.of(jobsOf(states).length, "job")}`
}

const confirm = (chosen: Chosen) =>
  Effect.gen(function* () {
    const entries = chosen.states.reduce((sum, { seq }) => sum + seq, 0)
    const what = `${nameOf(chosen)}, with its state and ${Counted.of(entries, "log entry")}`
    if (yield* Confirm.ask(Cells.escape(`Forget ${what}? [y/N] `))) return
    return yield* CliError.failure("Nothing was forgotten. Answer y, or use --yes.")
  })

/** What no registry names is not made again: it is still there where the process that heard of it refused. */
const checkForgotten = (
  states: ReadonlyArray<JobState.JobState>,
  doneAt: ReadonlyArray<number | null>,
  { isNamed }: JobProcesses.Registries
) =>
  Effect.gen(function* () {
    const store = yield* JobStore.JobStore
    const gone = states.filter(({ jobName }, index) => doneAt[index] !== null && !isNamed(jobName))
    const [left] = gone.length === 0 ? [] : yield* store.get(gone)
    if (left === undefined) return
    const owner = left.claim.owner === null ? "another process" : ClaimOwner.toText(left.claim.owner)
    return yield* CliError.failure(`${InstanceState.nameOf(left)} was not forgotten: it is claimed by ${owner}.`)
  })

interface Given extends Named {
  readonly by: Option.Option<string>
  readonly until?: Option.Option<number>
  readonly wait: number
  readonly why: string
  readonly yes: boolean
}

const request = (
  verb: Requests.Verb,
  { by, until = Option.none(), wait, why, yes, ...named }: Given,
  { json }: DatabaseCommand.GlobalOptions
) =>
  Effect.gen(function* () {
    const output = yield* Output
    const dueAt = Option.getOrNull(until)
    if (dueAt !== null && dueAt <= (yield* Clock.currentTimeMillis))
      return yield* CliError.usage("--until must be later than now.")
    const store = yield* JobStore.JobStore
    const chosen = yield* choose(named)
    const isPaused = Requests.isPausedOf(yield* store.pending)
    const states = chosen.states.filter((state) => Requests.refusalOf(verb, state, isPaused) === null)
    const [first = chosen.states[0]] = states
    if (first === undefined) return yield* CliError.failure("This database has no job yet.")
    if (states.length === 0) {
      const refusal = chosen.isMany ? `cannot be ${Requests.past[verb]}` : Requests.refusalOf(verb, first, isPaused)
      return yield* CliError.failure(`${nameOf(chosen)} ${refusal}.`)
    }
    const some = { ...chosen, states }
    if (verb === "forget" && !yes) yield* confirm(some)
    const registries = yield* JobProcesses.read
    const sender = yield* RequestOptions.sender({ by, why })
    const common = { verb, ...sender, dueAt, payload: null }
    const { doneAt } = yield* Requests.send(
      states.map(({ jobName, key }) => ({ ...common, jobName, key })),
      registries,
      wait
    )
    if (verb === "forget") yield* checkForgotten(states, doneAt, registries)
    const instances = states.map(({ jobName, key }, index) => ({ job: jobName, key, doneAt: doneAt[index] ?? null }))
    const done = doneAt.flatMap((at) => (at === null ? [] : [at]))
    if (json) {
      const { at } = sender
      return yield* output.json({
        verb,
        ...(chosen.isMany ? { instances } : instances[0]),
        at,
        by: sender.by,
        why: sender.why,
        ...(verb === "pause" ? { until: dueAt } : {})
      })
    }
    const left = states.length - done.length
    const waited =
      wait === 0 || !registries.isNamed(first.jobName)
        ? ""
        : `; no process has carried it out within ${TimeText.duration(wait)}`
    const took = TimeText.duration(Math.max(0, Math.max(...done) - sender.at))
    const pending = chosen.isMany
      ? `${nameOf(some)}: ${done.length === 0 ? "" : `${Counted.number(done.length)} ${Requests.past[verb]}, `}${Counted.of(left, `${verb} request`)} pending${waited}.`
      : `${nameOf(some)}: the ${verb} request is pending${waited}.`
    const lines =
      left === 0
        ? [`${nameOf(some)}: ${Requests.past[verb]} after ${took}.`]
        : [pending, Requests.pendingHint(first.jobName, registries)]
    const { width } = yield* output.page
    yield* output.lines(lines.flatMap((text) => Cells.wrap(Cells.escape(text), width)))
  })

const one = (verb: Requests.Verb, description: string) =>
  DatabaseCommand.make(
    verb,
    { description, access: "write" },
    { job: SharedOptions.job, key: SharedOptions.key, ...RequestOptions.options },
    ({ job, ...given }, global) => request(verb, { ...given, job: Option.some(job), all: false, yes: true }, global)
  )

const target = Args.text({ name: "JOB" }).pipe(
  Args.withDescription("The name of a job, or a pattern of names such as 'mail_*', which takes every key."),
  Args.mapEffect(SharedOptions.notAnOption),
  Args.optional
)

const many = {
  job: target,
  key: SharedOptions.key,
  all: Options.boolean("all").pipe(Options.withDescription("Every instance: of the job, or of all jobs.")),
  ...RequestOptions.options
}

export const pause = DatabaseCommand.make(
  "pause",
  { description: "Pauses a job, or many: no further run starts by itself until it is resumed.", access: "write" },
  { ...many, until: SharedOptions.due("until", "When the pause ends by itself") },
  (given, global) => request("pause", { ...given, yes: true }, global)
)

export const resume = DatabaseCommand.make(
  "resume",
  { description: "Resumes a paused job, or many; the catch-up policy decides on what was missed.", access: "write" },
  many,
  (given, global) => request("resume", { ...given, yes: true }, global)
)

export const trigger = one("trigger", "Runs a job once beside its plan, even while it is paused.")
export const retry = one("retry", "Tries again now what has failed: a run that was enqueued, or an instance.")
export const cancel = one("cancel", "Cancels the current run or its retries, or an enqueued run; the plan goes on.")

export const forget = DatabaseCommand.make(
  "forget",
  { description: "Deletes an instance with its state and its history, once it is not running.", access: "write" },
  {
    job: SharedOptions.job,
    key: SharedOptions.key,
    all: Options.boolean("all").pipe(Options.withDescription("Every key of the job.")),
    yes: Options.boolean("yes").pipe(Options.withAlias("y"), Options.withDescription("Do not ask.")),
    ...RequestOptions.options
  },
  ({ job, ...given }, global) => request("forget", { ...given, job: Option.some(job) }, global)
)
