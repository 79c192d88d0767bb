/**
 * Answers the requests to the page: guards first, then screens, forms, feed and the rest by their paths.
 *
 * @internal
 */
import { createHash } from "node:crypto"
import { HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { Clock, type DateTime, type Deferred, Effect, Metric, Option } from "effect"
import { type JobLog, JobStore } from "tickwork"
import { Denied } from "../Denied.ts"
import { pageScript } from "./assets/pageScript.ts"
import { pageStyle } from "./assets/pageStyle.ts"
import * as Guard from "./Guard.ts"
import * as Input from "./Input.ts"
import type { Bounds } from "./Limits.ts"
import * as MetricsText from "./MetricsText.ts"
import * as Posts from "./Posts.ts"
import * as Respond from "./Respond.ts"
import * as Screens from "./Screens.ts"
import * as Shared from "./Shared.ts"
import type { Viewer } from "./screens/Frame.ts"

/** Who makes a request, and what of the page's verbs is open to them. */
export interface Actor {
  readonly name: string
  readonly allow?: "read" | "control"
}

export interface Settings<R> {
  readonly allow: "read" | "control"
  readonly authorize: (request: HttpServerRequest.HttpServerRequest) => Effect.Effect<Actor, Denied, R>
  readonly hostNames: ReadonlyArray<string>
  readonly showsValues: boolean
  readonly zone: DateTime.TimeZone
  readonly bounds: Bounds
  readonly doctor: Screens.Doctor<R> | undefined
  readonly ended: Deferred.Deferred<void>
}

type Stored = JobStore.JobStore | JobLog.JobLog

type Response = HttpServerResponse.HttpServerResponse

export type Api = (
  actor: Required<Actor>,
  shared: Shared.Shared
) => Effect.Effect<Response, JobStore.StoreError | Denied, Stored | HttpServerRequest.HttpServerRequest>

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="none" stroke="#0b7fc4" stroke-width="2"/><path d="M8 4v4l3 2" fill="none" stroke="#0b7fc4" stroke-width="2"/></svg>`

const assets: ReadonlyMap<string, readonly [text: string, type: string]> = new Map([
  ["page.css", [pageStyle, "text/css; charset=utf-8"]],
  ["page.js", [pageScript, "text/javascript; charset=utf-8"]],
  ["icon.svg", [icon, "image/svg+xml"]]
])

const etags = new Map(
  [...assets].map(([path, [text]]) => [path, `"${createHash("sha256").update(text).digest("base64url").slice(0, 22)}"`])
)

const asset = (path: string, ifNoneMatch: string | undefined): Option.Option<Response> =>
  Option.map(Option.fromNullable(assets.get(path)), ([text, type]) => {
    const etag = etags.get(path) ?? ""
    return ifNoneMatch === etag ? Respond.unchanged(etag) : Respond.asset(text, type, etag)
  })

const nowhere = { name: "", formToken: null, showsValues: false, now: 0 }

const healthz: Effect.Effect<Response, never, Stored> = Effect.gen(function* () {
  const store = yield* JobStore.JobStore
  yield* store.names
  return Respond.text("ok\n")
}).pipe(
  Effect.timeout("5 seconds"),
  Effect.catchAll(() => Effect.succeed(Respond.text("the job store does not answer\n", 503)))
)

const feed = ({ shared }: Screens.Request): Effect.Effect<Response, never, Stored> =>
  Effect.map(
    shared.feed.open,
    Option.match({
      onNone: () => HttpServerResponse.setHeader(Respond.text("too many follow\n", 503), "retry-after", "10"),
      onSome: (stream) =>
        HttpServerResponse.stream(stream, {
          contentType: "text/event-stream",
          headers: { ...Respond.common, connection: "close" }
        })
    })
  )

/** The page at `/jobs` is the one at `/jobs/`, where its relative addresses lead. */
const withSlash = (request: HttpServerRequest.HttpServerRequest): Option.Option<Response> => {
  const [path = "", query] = request.originalUrl.split("?")
  if (path.endsWith("/")) return Option.none()
  const last = path.split("/").at(-1) ?? ""
  return Option.some(Respond.to(`${last}/${query === undefined ? "" : `?${query}`}`))
}

export const make = <R>(settings: Settings<R>, api: Api) => {
  const { allow, authorize, bounds, doctor, hostNames, showsValues, zone } = settings
  const tokens = Guard.makeTokens()
  const sharedOf = Shared.make(zone, bounds, settings.ended)

  const get = (path: string, request: Screens.Request) => {
    switch (path) {
      case "":
        return Screens.jobs(request)
      case "job":
        return Screens.job(request)
      case "run":
        return Screens.run(request)
      case "timeline":
        return Screens.timeline(request)
      case "timeline.svg":
        return Screens.picture(request)
      case "health":
        return Screens.health(request, doctor)
      case "feed":
        return feed(request)
      case "metrics":
        return Effect.map(Metric.snapshot, (pairs) =>
          Respond.text(MetricsText.of(pairs), 200, "text/plain; version=0.0.4; charset=utf-8")
        )
      default:
        return Effect.succeed(Screens.message("Not found", "This page has no such screen.", request.viewer, 404))
    }
  }

  const post = (path: string, request: Screens.Request) => {
    switch (path) {
      case "request":
        return Posts.request(request)
      case "bulk":
        return Posts.bulk(request)
      case "backfill":
        return Posts.backfill(request)
      case "prune":
        return Posts.prune(request)
      default:
        return Effect.succeed(Screens.message("Not found", "This page has no such form.", request.viewer, 404))
    }
  }

  const answer = (request: HttpServerRequest.HttpServerRequest, path: string) =>
    Effect.gen(function* () {
      const found = yield* authorize(request)
      const mayControl = allow === "control" && (found.allow ?? "control") === "control"
      const actor: Required<Actor> = { name: found.name, allow: mayControl ? "control" : "read" }
      const shared = sharedOf(yield* JobStore.JobStore)
      if (path === "api" || path.startsWith("api/")) return yield* api(actor, shared)
      const now = yield* Clock.currentTimeMillis
      const formToken = mayControl ? tokens.make(actor.name, now) : null
      const viewer: Viewer = { now, zone, name: actor.name, formToken, showsValues }
      if (request.method === "GET" || request.method === "HEAD") {
        const redirect = path === "" ? withSlash(request) : Option.none()
        if (Option.isSome(redirect)) return redirect.value
        return yield* get(path, { shared, bounds, viewer, fields: Input.queryOf(request.url) })
      }
      if (request.method !== "POST") return Respond.text("only GET and POST\n", 405)
      if (!mayControl) return yield* new Denied({ reason: "This page is read-only for you: nothing was changed." })
      const foreign = Guard.originFault(request.headers)
      if (foreign !== null) return yield* foreign
      const fields = yield* Input.form
      const fault = tokens.fault(fields.get("token") ?? "", actor.name, now)
      if (fault !== null) return yield* fault
      return yield* post(path, { shared, bounds, viewer, fields })
    })

  const refused = ({ reason, signIn, status }: Denied): Response => {
    const back = signIn === undefined ? undefined : { href: signIn, text: "Sign in" }
    return Screens.message(signIn === undefined ? "Refused" : "Sign in", reason, { ...nowhere, zone }, status, back)
  }

  const isTooSlow = (): Response =>
    Screens.message(
      "Too slow",
      "The answer took longer than it may. Narrow what you look for.",
      { ...nowhere, zone },
      503
    )

  return Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const path = Input.pathOf(request.url)
    if (path === "healthz") return yield* healthz
    const foreign = Guard.hostFault(request.headers, hostNames)
    if (foreign !== null) return Respond.text(`${foreign.reason}\n`, 403)
    const found = asset(path, request.headers["if-none-match"])
    if (Option.isSome(found)) return found.value
    return yield* answer(request, path).pipe(
      Effect.catchTags({
        Denied: (denied) => Effect.succeed(refused(denied)),
        StoreError: ({ message }) =>
          Effect.succeed(Screens.message("The store does not answer", message, { ...nowhere, zone }, 503))
      }),
      // a server answers without being interrupted, and a query may not be at once
      Effect.disconnect,
      Effect.interruptible,
      Effect.timeoutOption(bounds.queryMs),
      Effect.map(Option.getOrElse(isTooSlow))
    )
  })
}
