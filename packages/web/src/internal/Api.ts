/**
 * Answers the JSON API.
 *
 * @internal
 */
import {
  HttpApiBuilder,
  type HttpApp,
  HttpServer,
  HttpServerRequest,
  type HttpServerResponse,
  OpenApi
} from "@effect/platform"
import { Clock, Effect, FiberRef, Layer, Option } from "effect"
import { JobLog, JobStore } from "tickwork"
import { Denied } from "../Denied.ts"
import { NotFoundError, RefusedError, TickApi, UnavailableError } from "../TickApi.ts"
import { Answers, EntryName, Explained, InstanceState, Overview, type Requests } from "../view/index.ts"
import type { Actor } from "./App.ts"
import * as HealthData from "./data/HealthData.ts"
import * as Reading from "./data/Reading.ts"
import * as Steering from "./data/Steering.ts"
import * as Guard from "./Guard.ts"
import * as Input from "./Input.ts"
import * as Respond from "./Respond.ts"
import type { Shared } from "./Shared.ts"

type Stored = JobStore.JobStore | JobLog.JobLog

interface Current {
  readonly actor: Required<Actor>
  readonly shared: Shared
}

const current = FiberRef.unsafeMake<Current | null>(null)

/** Who makes the request that this fiber answers. */
const now = Effect.flatMap(FiberRef.get(current), (found) =>
  found === null ? Effect.dieMessage("no request is answered") : Effect.succeed(found)
)

const field = <K extends string, A>(name: K, value: A | undefined) =>
  value === undefined ? {} : ({ [name]: value } as { readonly [_ in K]: A })

const most = { listed: 200, entries: 200, figures: 100_000 }

const reading = Effect.map(now, ({ shared }) => shared.reading)

const status = ({ job }: { readonly job?: string | undefined }) =>
  Effect.gen(function* () {
    const known = yield* (yield* reading).known
    const options = { job: Option.fromNullable(job), all: false, limit: most.listed }
    const { folded, more, states } = yield* Overview.read(options, known)
    const last = states.at(-1)
    return {
      now: known.now,
      jobs: states.map((state) => Answers.instanceOf(state, known)),
      folded: folded.map(Answers.foldedOf),
      more,
      last: more === 0 || last === undefined ? null : { job: last.jobName, key: last.key }
    }
  })

interface HistoryQuery {
  readonly after?: string | undefined
  readonly from?: number | undefined
  readonly job?: string | undefined
  readonly key?: string | undefined
  readonly limit?: number | undefined
  readonly status?: (typeof Answers.Entry.Type)["status"] | undefined
  readonly to?: number | undefined
}

const history = ({ after, from, job, key, limit = 50, status, to }: HistoryQuery) =>
  Effect.gen(function* () {
    const log = yield* JobLog.JobLog
    const count = Math.max(1, Math.min(most.entries, Math.floor(limit)))
    const found = yield* log.history({
      ...field("jobName", job),
      ...field("key", key),
      ...field("status", status),
      ...field("from", from),
      ...field("to", to),
      ...field("after", after === undefined ? undefined : Option.getOrUndefined(EntryName.fromCursor(after))),
      limit: count + 1
    })
    const entries = found.slice(0, count)
    const last = entries.at(-1)
    return {
      now: yield* Clock.currentTimeMillis,
      entries: entries.map(Answers.entryOf),
      next: found.length > count && last !== undefined ? EntryName.cursorOf(last) : null
    }
  })

interface Named {
  readonly job: string
  readonly key?: string | undefined
}

const run = ({ job, key = "", seq }: Named & { readonly seq: number }) =>
  Effect.gen(function* () {
    const entries = yield* Reading.run({ jobName: job, key, seq })
    if (entries.length === 0)
      return yield* new NotFoundError({ message: `There is no log entry ${EntryName.of({ jobName: job, key, seq })}.` })
    return { now: yield* Clock.currentTimeMillis, entries: entries.map(Answers.attemptOf) }
  })

const found = ({ job, key = "" }: Named) =>
  Effect.gen(function* () {
    const known = yield* (yield* reading).known
    const ref = { jobName: job, key }
    const state = yield* Reading.stateOf(ref, known)
    if (state === null)
      return yield* new NotFoundError({ message: `There is no instance ${InstanceState.nameOf(ref)}.` })
    return { state, known }
  })

const explain = (named: Named) =>
  Effect.gen(function* () {
    const { known, state } = yield* found(named)
    return Explained.answerOf(yield* Reading.explained(state, known), known)
  })

const hourMs = 3_600_000

const stats = ({ from, job, key, to }: Pick<HistoryQuery, "from" | "job" | "key" | "to">) =>
  Effect.gen(function* () {
    const at = yield* Clock.currentTimeMillis
    const range = { from: from ?? at - hourMs, to: to ?? at }
    const jobs = yield* JobLog.stats({ ...field("jobName", job), ...field("key", key), ...range })
    return { now: at, ...range, jobs: jobs.map(Answers.figuresOf), size: yield* (yield* reading).size }
  })

const health = Effect.gen(function* () {
  const { failed, lastEntryAt, overdue, processes, running, zoneData } = yield* HealthData.read(yield* reading)
  return {
    now: yield* Clock.currentTimeMillis,
    overdue,
    running,
    failed,
    lastEntryAt,
    zoneData,
    processes: processes.map(({ at, definitions, isAlive, owner }) => ({
      owner,
      at,
      isAlive,
      jobs: definitions.length
    }))
  }
})

interface Wanted extends Named {
  readonly verb: Exclude<Requests.Verb, "forget">
  readonly why: string
}

const request = ({ verb, why, ...named }: Wanted) =>
  Effect.gen(function* () {
    const { actor, shared } = yield* now
    const { known, state } = yield* found(named)
    const at = yield* Clock.currentTimeMillis
    const outcome = yield* Steering.one(verb, state, { by: actor.name, why }, known)
    shared.clear()
    if (typeof outcome === "string") return yield* new RefusedError({ message: outcome })
    return { verb, job: state.jobName, key: state.key, at, by: actor.name, why, doneAt: outcome.doneAt }
  })

const unavailable = ({ message }: JobStore.StoreError) => new UnavailableError({ message })

const answered = <A, E, R>(effect: Effect.Effect<A, E | JobStore.StoreError, R>) =>
  Effect.mapError(effect, (error) =>
    error instanceof JobStore.StoreError ? unavailable(error) : error
  ) as Effect.Effect<A, Exclude<E, JobStore.StoreError> | UnavailableError, R>

const group = HttpApiBuilder.group(TickApi, "jobs", (handlers) =>
  handlers
    .handle("status", ({ urlParams }) => answered(status(urlParams)))
    .handle("history", ({ urlParams }) => answered(history(urlParams)))
    .handle("run", ({ urlParams }) => answered(run(urlParams)))
    .handle("explain", ({ urlParams }) => answered(explain(urlParams)))
    .handle("stats", ({ urlParams }) => answered(stats(urlParams)))
    .handle("health", () => answered(health))
    .handle("request", ({ payload }) => answered(request(payload)))
)

const built = HttpApiBuilder.httpApp.pipe(
  Effect.provide(
    Layer.mergeAll(
      HttpApiBuilder.api(TickApi).pipe(Layer.provide(group)),
      HttpApiBuilder.Router.Live,
      HttpApiBuilder.Middleware.layer
    )
  )
)

const document = JSON.stringify(OpenApi.fromApi(TickApi))

const json = "application/json; charset=utf-8"

const apps = new WeakMap<Shared, HttpApp.Default>()

/** The router of a store is made once. */
const appOf = (shared: Shared): Effect.Effect<HttpApp.Default, never, Stored> =>
  Effect.suspend(() => {
    const made = apps.get(shared)
    return made === undefined
      ? Effect.tap(Effect.map(Effect.scoped(built), Effect.provide(HttpServer.layerContext)), (app) =>
          Effect.sync(() => apps.set(shared, app as HttpApp.Default))
        )
      : Effect.succeed(made)
  }) as Effect.Effect<HttpApp.Default, never, Stored>

/** A program may read as its actor may; what changes something takes JSON from no page of another origin. */
const fault = ({ headers, method }: HttpServerRequest.HttpServerRequest, actor: Actor): Denied | null => {
  if (method === "GET" || method === "HEAD") return null
  if (actor.allow !== "control") return new Denied({ reason: "This API is read-only for you: nothing was changed." })
  if (!/^application\/json\b/i.test(headers["content-type"] ?? ""))
    return new Denied({ reason: "The body must be JSON." })
  return Guard.originFault(headers, false)
}

export const make = (
  actor: Required<Actor>,
  shared: Shared
): Effect.Effect<HttpServerResponse.HttpServerResponse, Denied, Stored | HttpServerRequest.HttpServerRequest> =>
  Effect.gen(function* () {
    const given = yield* HttpServerRequest.HttpServerRequest
    const denied = fault(given, actor)
    if (denied !== null) return yield* denied
    if (Input.pathOf(given.url) === "api/openapi.json") return Respond.text(document, 200, json)
    const app = yield* appOf(shared)
    return Respond.guarded(yield* Effect.locally(app, current, { actor, shared }) as HttpApp.Default)
  }) as Effect.Effect<HttpServerResponse.HttpServerResponse, Denied, Stored | HttpServerRequest.HttpServerRequest>
