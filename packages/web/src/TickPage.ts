/**
 * A page to see and steer the jobs of a store in a browser, as an `HttpApp` for a router of yours.
 *
 * It reads `JobStore` and `JobLog` alone, so it shows what every process on the store does. It runs no job.
 *
 * @since 0.1.0
 */
import type { HttpApp, HttpServerRequest } from "@effect/platform"
import { DateTime, Effect, type Scope } from "effect"
import type { JobLog, JobStore } from "tickwork"
import { Denied } from "./Denied.ts"
import * as Api from "./internal/Api.ts"
import * as App from "./internal/App.ts"
import * as Limits from "./internal/Limits.ts"
import * as Shared from "./internal/Shared.ts"
import type { Finding } from "./internal/screens/HealthScreen.ts"

/**
 * @since 0.1.0
 * @category errors
 */
export { Denied }

/**
 * Who makes a request: the name stands in the log beside what they did. `allow` is what they may do, at most what the page
 * allows (default).
 *
 * @since 0.1.0
 * @category models
 */
export interface Actor {
  readonly name: string
  readonly allow?: "read" | "control"
}

/**
 * Says who makes a request, or refuses it. It is called for each request but those for styles, scripts and `healthz`.
 *
 * @since 0.1.0
 * @category models
 */
export type Authorize<R = never> = (request: HttpServerRequest.HttpServerRequest) => Effect.Effect<Actor, Denied, R>

/**
 * A finding about the stored data, such as those of the doctor of `@tickwork/sql`.
 *
 * @since 0.1.0
 * @category models
 */
export type { Finding }

/**
 * What the page bounds.
 *
 * @since 0.1.0
 * @category models
 */
export interface PageLimits extends Limits.Limits {}

/**
 * The options of every page.
 *
 * @since 0.1.0
 * @category models
 */
export interface CommonOptions<R = never> {
  /** Names under which the page may be reached, beside localhost: a request for another one is refused. */
  readonly hostNames?: ReadonlyArray<string>
  /** `"values"` shows payloads and memory, which are hidden by default. */
  readonly show?: "values"
  /** The time zone of what is shown, by its IANA name; that of the process by default. */
  readonly zone?: string
  readonly limits?: PageLimits
  /** Checks the stored data on request from the health screen; without it the screen has no such link. */
  readonly doctor?: Effect.Effect<ReadonlyArray<Finding>, unknown, R>
}

/**
 * A page that only shows (`"read"`, default), or one with the verbs (`"control"`), which needs `authorize`.
 *
 * @since 0.1.0
 * @category models
 */
export type Options<R = never> = CommonOptions<R> &
  (
    | { readonly allow?: "read"; readonly authorize?: Authorize<R> }
    | { readonly allow: "control"; readonly authorize: Authorize<R> }
  )

/** What a page without `authorize` takes a viewer for; one with verbs must have it, also where no compiler has checked. */
const anybody = (options: Options<never>): Authorize =>
  options.allow === "control"
    ? () => Effect.fail(new Denied({ reason: 'A page that allows "control" needs the option authorize.' }))
    : () => Effect.succeed({ name: "", allow: "read" })

const build = <R>(options: Options<R>, ended = Shared.running()) => {
  const { allow = "read", authorize, doctor, hostNames = [], limits = {}, show, zone } = options
  return App.make<R>(
    {
      allow,
      authorize: authorize ?? anybody(options as Options),
      hostNames,
      showsValues: show === "values",
      zone: zone === undefined ? DateTime.zoneMakeLocal() : DateTime.zoneUnsafeMakeNamed(zone),
      bounds: Limits.of(limits),
      doctor,
      ended
    },
    Api.make
  )
}

/**
 * The page, to be mounted in a router: all its addresses are relative. Its streams end by themselves within ten minutes; use
 * {@link make} where they have to end with a server.
 *
 * @example
 * ```ts
 * import { HttpApp, HttpRouter } from "@effect/platform"
 * import { TickPage } from "@tickwork/web"
 * import { JobStore } from "tickwork"
 *
 * const router = HttpRouter.empty.pipe(HttpRouter.mountApp("/jobs", TickPage.app()))
 *
 * const { handler } = HttpApp.toWebHandlerLayer(router, JobStore.layerMemory)
 * const request = new Request("http://localhost/jobs/", { headers: { host: "localhost" } })
 * handler(request).then(({ status }) => console.assert(status === 200))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const app = <R = never>(
  options: Options<R> = {}
): HttpApp.Default<never, JobStore.JobStore | JobLog.JobLog | R> => build(options)

/**
 * The page, whose streams end at once when the scope closes: a server that waits for its connections is not kept.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <R = never>(
  options: Options<R> = {}
): Effect.Effect<HttpApp.Default<never, JobStore.JobStore | JobLog.JobLog | R>, never, Scope.Scope> =>
  Effect.map(Effect.acquireRelease(Effect.sync(Shared.running), Shared.end), (ended) => build(options, ended))
