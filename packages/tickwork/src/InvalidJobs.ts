/**
 * What is wrong with a registry: every fault at once, each with its job, its value and its cure.
 *
 * @since 0.1.0
 */
import { Inspectable, Match, Schema } from "effect"
import * as PlainText from "./internal/PlainText.ts"

/**
 * One option of a job, or of a tick where `job` is `null`, has a wrong value: it `reason` ("must be …"), and `cure` says
 * what to do.
 *
 * @since 0.1.0
 * @category models
 */
export const InvalidOption = Schema.TaggedStruct("InvalidOption", {
  job: Schema.NullOr(Schema.String),
  option: Schema.String,
  value: Schema.Unknown,
  reason: Schema.String,
  cure: Schema.String
})

/**
 * @since 0.1.0
 * @category models
 */
export interface InvalidOption extends Schema.Schema.Type<typeof InvalidOption> {}

/**
 * One fault of a registry.
 *
 * @since 0.1.0
 * @category models
 */
export const Fault = Schema.Union(
  InvalidOption,
  Schema.TaggedStruct("DuplicateName", { job: Schema.String, times: Schema.Int }),
  Schema.TaggedStruct("UnequalLimits", {
    limit: Schema.String,
    jobs: Schema.Tuple(Schema.String, Schema.String),
    numbers: Schema.Tuple(Schema.Number, Schema.Number),
    scopes: Schema.Tuple(Schema.Unknown, Schema.Unknown)
  }),
  Schema.TaggedStruct("NoCadence", { job: Schema.String }),
  Schema.TaggedStruct("DependencyCycle", { job: Schema.String, path: Schema.Array(Schema.String) })
)

/**
 * @since 0.1.0
 * @category models
 */
export type Fault = typeof Fault.Type

const quote = (value: unknown): string =>
  typeof value === "string" ? PlainText.quoted(value) : PlainText.of(Inspectable.toStringUnknown(value, 0))

const sentence = Match.type<Fault>().pipe(
  Match.tagsExhaustive({
    InvalidOption: ({ cure, job, option, reason, value }) =>
      `${job === null ? "Tick option" : `job ${quote(job)}:`} ${option} ${reason}, got ${quote(value)}. ${cure}`,
    DuplicateName: ({ job, times }) =>
      `job ${quote(job)}: its name must be unique, got ${times} jobs of this name. Give each job its own name: the store knows a job by it.`,
    UnequalLimits: ({ jobs: [one, other], limit, numbers, scopes }) => {
      const [first, second] = numbers.map((atMost, index) => `${atMost} in scope ${quote(scopes[index])}`)
      return `limit ${quote(limit)} must be the same for all jobs, got ${first} for job ${quote(one)} and ${second} for job ${quote(other)}. Share one value of Limit.make between them.`
    },
    NoCadence: ({ job }) =>
      `job ${quote(job)}: it must have a cadence, got none. Add Job.every, Job.cron, Job.at, Job.repeat, Job.schedule or Job.after.`,
    DependencyCycle: ({ job, path }) =>
      `job ${quote(job)}: its dependencies must form no cycle, got ${path.map(quote).join(" after ")}. Drop one of these dependencies.`
  })
)

/**
 * The registry cannot be opened; `faults` lists everything that is wrong with it, in the order of the jobs.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Job, JobStore, Jobs, Tick } from "tickwork"
 *
 * const jobs = Jobs.make(Job.make("", Effect.void).pipe(Job.priority(11), Job.every("0 seconds")))
 *
 * const opened = Layer.build(Tick.layer(jobs)).pipe(Effect.provide(JobStore.layerMemory), Effect.scoped, Effect.flip)
 *
 * Effect.runPromise(opened).then((error) => {
 *   console.assert(error._tag === "InvalidJobs" && error.faults.length === 3)
 * })
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidJobs extends Schema.TaggedError<InvalidJobs>("tickwork/InvalidJobs")("InvalidJobs", {
  faults: Schema.NonEmptyArray(Fault)
}) {
  override get message() {
    return [`The registry has ${this.faults.length} fault(s):`, ...this.faults.map(sentence)].join("\n  ")
  }
}
