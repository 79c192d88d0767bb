/**
 * The JSON API of the page as an `HttpApi`: it answers what `tickwork --json` answers. A client of it is typed.
 *
 * @since 0.1.0
 */
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "@effect/platform"
import { Schema } from "effect"
import { Control, LogEntry } from "tickwork"
import { Answers } from "./view/index.ts"

/**
 * What was named is not stored.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotFoundError extends Schema.TaggedError<NotFoundError>("tickwork/NotFoundError")(
  "NotFoundError",
  { message: Schema.String },
  HttpApiSchema.annotations({ status: 404 })
) {}

/**
 * The request may not be made, or would change nothing.
 *
 * @since 0.1.0
 * @category errors
 */
export class RefusedError extends Schema.TaggedError<RefusedError>("tickwork/RefusedError")(
  "RefusedError",
  { message: Schema.String },
  HttpApiSchema.annotations({ status: 409 })
) {}

/**
 * The store does not answer.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnavailableError extends Schema.TaggedError<UnavailableError>("tickwork/UnavailableError")(
  "UnavailableError",
  { message: Schema.String },
  HttpApiSchema.annotations({ status: 503 })
) {}

const { Number, NumberFromString, String, optional } = Schema

const instant = optional(NumberFromString)

const Named = Schema.Struct({ job: String, key: optional(String) })

/**
 * What a request names: a verb, an instance and why.
 *
 * @since 0.1.0
 * @category models
 */
export const RequestPayload = Schema.Struct({
  verb: Schema.Literal("pause", "resume", "trigger", "retry", "cancel"),
  job: String,
  key: Schema.optionalWith(String, { default: () => "" }),
  why: Schema.optionalWith(String.pipe(Schema.maxLength(500)), { default: () => "" })
})

/**
 * A request that is stored; `doneAt` is when a process carried it out, `null` where none has yet. Instants are milliseconds
 * since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export const Requested = Schema.Struct({
  verb: Control.Verb,
  job: String,
  key: String,
  at: Number,
  by: String,
  why: String,
  doneAt: Schema.NullOr(Number)
})

/**
 * Whether the jobs are served, in numbers of instances.
 *
 * @since 0.1.0
 * @category models
 */
export const Health = Schema.Struct({
  now: Number,
  overdue: Number,
  running: Number,
  failed: Number,
  lastEntryAt: Schema.NullOr(Number),
  zoneData: String,
  processes: Schema.Array(Schema.Struct({ owner: String, at: Number, isAlive: Schema.Boolean, jobs: Number }))
})

const jobs = HttpApiGroup.make("jobs")
  .add(
    HttpApiEndpoint.get("status", "/jobs")
      .setUrlParams(Schema.Struct({ job: optional(String) }))
      .addSuccess(Answers.Status)
      .annotate(OpenApi.Description, "The state of every job, as `tickwork status --json` answers it.")
  )
  .add(
    HttpApiEndpoint.get("history", "/history")
      .setUrlParams(
        Schema.Struct({
          job: optional(String),
          key: optional(String),
          status: optional(LogEntry.Status),
          from: instant,
          to: instant,
          after: optional(String),
          limit: optional(NumberFromString)
        })
      )
      .addSuccess(Answers.History)
      .annotate(OpenApi.Description, "Log entries, newest first, as `tickwork history --json` answers them.")
  )
  .add(
    HttpApiEndpoint.get("run", "/run")
      .setUrlParams(Schema.Struct({ ...Named.fields, seq: NumberFromString }))
      .addSuccess(Answers.Shown)
      .addError(NotFoundError)
      .annotate(OpenApi.Description, "One run with all its attempts, as `tickwork show --json` answers it.")
  )
  .add(
    HttpApiEndpoint.get("explain", "/explain")
      .setUrlParams(Named)
      .addSuccess(Answers.Explained)
      .addError(NotFoundError)
      .annotate(OpenApi.Description, "Why an instance runs or does not, as `tickwork explain --json` answers it.")
  )
  .add(
    HttpApiEndpoint.get("stats", "/stats")
      .setUrlParams(Schema.Struct({ job: optional(String), key: optional(String), from: instant, to: instant }))
      .addSuccess(Answers.Stats)
      .annotate(OpenApi.Description, "Figures of each job, of the last hour by default.")
  )
  .add(
    HttpApiEndpoint.get("health", "/health")
      .addSuccess(Health)
      .annotate(OpenApi.Description, "Whether the jobs are served.")
  )
  .add(
    HttpApiEndpoint.post("request", "/request")
      .setPayload(RequestPayload)
      .addSuccess(Requested)
      .addError(NotFoundError)
      .addError(RefusedError)
      .annotate(OpenApi.Description, "Requests something of an instance; the log says who did.")
  )
  .addError(UnavailableError)

/**
 * The API, below `api` of where the page is mounted. `api/openapi.json` describes it.
 *
 * @example
 * ```ts
 * import { OpenApi } from "@effect/platform"
 * import { TickApi } from "@tickwork/web"
 *
 * const { paths } = OpenApi.fromApi(TickApi.TickApi)
 * console.assert(Object.keys(paths).includes("/api/jobs"))
 * ```
 *
 * @since 0.1.0
 * @category api
 */
export class TickApi extends HttpApi.make("tickwork").add(jobs).prefix("/api").annotate(OpenApi.Title, "Tickwork") {}
