/**
 * What is wrong with a registry: every fault at once, each with its job, its value and its cure.
 *
 * @since 0.1.0
 */
import { Inspectable, Schema } from "effect"

const struct = <Tag extends string, Fields extends Schema.Struct.Fields>(tag: Tag, fields: Fields) =>
  Schema.TaggedStruct(tag, fields)

/**
 * One fault of a registry.
 *
 * @since 0.1.0
 * @category models
 */
export const Fault = Schema.Union(
  struct("BadName", { job: Schema.String, reason: Schema.String }),
  struct("DuplicateName", { job: Schema.String, times: Schema.Int }),
  struct("BadPriority", { job: Schema.String, priority: Schema.Unknown }),
  struct("BadLimit", { job: Schema.String, limit: Schema.Unknown, reason: Schema.String, cure: Schema.String }),
  struct("UnequalLimits", {
    limit: Schema.String,
    jobs: Schema.Tuple(Schema.String, Schema.String),
    numbers: Schema.Tuple(Schema.Number, Schema.Number),
    scopes: Schema.Tuple(Schema.Unknown, Schema.Unknown)
  }),
  struct("NoCadence", { job: Schema.String }),
  struct("PayloadWithCadence", { job: Schema.String }),
  struct("BadKeys", { job: Schema.String, reason: Schema.String, cure: Schema.String }),
  struct("BadDependency", { job: Schema.String, on: Schema.String, reason: Schema.String, cure: Schema.String }),
  struct("DependencyCycle", { job: Schema.String, path: Schema.Array(Schema.String) }),
  struct("BadInterval", { job: Schema.String, interval: Schema.Unknown, reason: Schema.String }),
  struct("BadCron", { job: Schema.String, expression: Schema.Unknown, zone: Schema.Unknown, reason: Schema.String }),
  struct("BadInstant", { job: Schema.String, instant: Schema.Unknown, reason: Schema.String }),
  struct("UnstorableCadence", { job: Schema.String, path: Schema.String, found: Schema.String }),
  struct("UnstorableRetry", { job: Schema.String, path: Schema.String, found: Schema.String }),
  struct("BadRecheck", { job: Schema.String, condition: Schema.String, recheck: Schema.Unknown }),
  struct("BadTransaction", { job: Schema.String, reason: Schema.String, cure: Schema.String }),
  struct("BadMissed", { job: Schema.String, option: Schema.String, value: Schema.Unknown, cure: Schema.String }),
  struct("BadWindow", { job: Schema.String, window: Schema.Unknown, reason: Schema.String }),
  struct("BadTimeout", { job: Schema.String, timeout: Schema.Unknown }),
  struct("BadAlertAfter", { job: Schema.String, failures: Schema.Unknown }),
  struct("BadVersion", { job: Schema.String, version: Schema.Unknown }),
  struct("BadRename", { job: Schema.String, from: Schema.Unknown, reason: Schema.String }),
  struct("BadOption", { option: Schema.String, value: Schema.Unknown, cure: Schema.String })
)

/**
 * @since 0.1.0
 * @category models
 */
export type Fault = typeof Fault.Type

const quote = (value: unknown): string =>
  typeof value === "string" ? JSON.stringify(value) : Inspectable.toStringUnknown(value, 0)

const sentence = (fault: Fault): string => {
  switch (fault._tag) {
    case "BadName":
      return `job ${quote(fault.job)}: the name ${fault.reason}. Give it one such as "sync_send".`
    case "DuplicateName":
      return `job ${quote(fault.job)}: ${fault.times} jobs bear this name. Give each its own: it keeps their state apart.`
    case "BadPriority":
      return `job ${quote(fault.job)}: priority ${quote(fault.priority)} is none. Use a whole number from 1 (first) to 10 (last).`
    case "BadLimit":
      return `job ${quote(fault.job)}: the limit ${quote(fault.limit)} will not do: ${fault.reason}. ${fault.cure}`
    case "UnequalLimits": {
      const [one, other] = fault.jobs
      const [number] = fault.numbers
      const [scope, otherScope] = fault.scopes
      const [first, second] = fault.numbers.map((atMost, index) =>
        scope === otherScope ? `at most ${atMost}` : `at most ${atMost} in a ${quote(fault.scopes[index])}`
      )
      const options = scope === "database" ? `, { scope: "database" }` : ""
      return `limit ${quote(fault.limit)}: job ${quote(one)} says ${first}, job ${quote(other)} ${second}. Give both the same, such as one const limit = Job.limit(${quote(fault.limit)}, ${number}${options}) that they share.`
    }
    case "NoCadence":
      return `job ${quote(fault.job)}: nothing says when it runs. Add Job.every, Job.cron, Job.at, Job.repeat, Job.schedule or Job.after.`
    case "PayloadWithCadence":
      return `job ${quote(fault.job)}: it has a payload, so it runs when it is enqueued. Drop its cadence, or its payload.`
    case "BadKeys":
      return `job ${quote(fault.job)}: its keys will not do: ${fault.reason}. ${fault.cure}`
    case "BadDependency":
      return `job ${quote(fault.job)}: it cannot come after ${quote(fault.on)}: ${fault.reason}. ${fault.cure}`
    case "DependencyCycle":
      return `job ${quote(fault.job)}: it waits for itself: ${fault.path.map(quote).join(" after ")}. Drop one of these dependencies.`
    case "BadInterval":
      return `job ${quote(fault.job)}: the interval ${quote(fault.interval)} will not do: ${fault.reason}. Use one such as "5 seconds".`
    case "BadCron":
      return `job ${quote(fault.job)}: cron ${quote(fault.expression)} in ${quote(fault.zone)} will not do: ${fault.reason}. Use one such as "0 3 * * *" in "Europe/Berlin".`
    case "BadInstant":
      return `job ${quote(fault.job)}: the instant ${quote(fault.instant)} will not do: ${fault.reason}. Use one such as "2027-01-01T09:00:00+01:00".`
    case "UnstorableCadence":
      return `job ${quote(fault.job)}: its schedule holds ${fault.found} at ${fault.path}, which no store can keep. Keep plain data in the schedule's state, give a Schema for it ({ state: MyState }), or keep it in this process ({ state: "memory only" }).`
    case "UnstorableRetry":
      return `job ${quote(fault.job)}: the state of its retry policy holds ${fault.found} at ${fault.path}, which no store can keep. Give the policy a Schema for it ({ state: MyState }) or keep it in this process ({ state: "memory only" }).`
    case "BadRecheck":
      return `job ${quote(fault.job)}: recheck ${quote(fault.recheck)} of its condition ${quote(fault.condition)} will not do. Use a finite duration of at least 1 ms, such as "1 minute".`
    case "BadTransaction":
      return `job ${quote(fault.job)}: it cannot be transactional: ${fault.reason}. ${fault.cure}`
    case "BadMissed":
      return `job ${quote(fault.job)}: ${fault.option} ${quote(fault.value)} of Job.missed will not do. ${fault.cure}`
    case "BadWindow":
      return `job ${quote(fault.job)}: the window ${quote(fault.window)} will not do: ${fault.reason}. Use a duration such as "2 minutes", shorter than the job's interval.`
    case "BadTimeout":
      return `job ${quote(fault.job)}: the timeout ${quote(fault.timeout)} will not do. Use a finite duration of at least 1 ms, such as "20 seconds".`
    case "BadAlertAfter":
      return `job ${quote(fault.job)}: nobody can be told after ${quote(fault.failures)} failures. Use a whole number from 1 upward.`
    case "BadVersion":
      return `job ${quote(fault.job)}: version ${quote(fault.version)} is none. Use a whole number from 1 upward.`
    case "BadRename":
      return `job ${quote(fault.job)}: it cannot take over the name ${quote(fault.from)}: ${fault.reason}. Let one job take it over, and no job bear it.`
    case "BadOption":
      return `Tick option ${fault.option}: ${quote(fault.value)} will not do. ${fault.cure}`
  }
}

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
