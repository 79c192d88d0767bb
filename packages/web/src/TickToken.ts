/**
 * Access to a page by a token, for a page that stands beside an application: it is exchanged once for a cookie.
 *
 * @since 0.1.0
 */
import { randomBytes } from "node:crypto"
import { type HttpApp, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { Clock, DateTime, Effect } from "effect"
import { Denied } from "./Denied.ts"
import * as Guard from "./internal/Guard.ts"
import * as Input from "./internal/Input.ts"
import * as Respond from "./internal/Respond.ts"
import * as Frame from "./internal/screens/Frame.ts"
import * as SignIn from "./internal/screens/SignIn.ts"
import type * as TickPage from "./TickPage.ts"

/**
 * The options of the access.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The token, of at least 16 characters. */
  readonly token: string
  /** The token is good for one exchange; every other one needs a new process. */
  readonly isOneTime: boolean
  /** Without the cookie the page may be read (`true`), or not at all. */
  readonly isReadableByAll: boolean
  /** What stands in the log beside what is done with it. */
  readonly name: string
  /** The names under which the page is reached beside localhost. */
  readonly hostNames?: ReadonlyArray<string>
}

/**
 * How the token is checked: `authorize` for the page, and the page with the exchange before it.
 *
 * @since 0.1.0
 * @category models
 */
export interface TickToken {
  readonly authorize: TickPage.Authorize
  readonly protect: <E, R>(page: HttpApp.Default<E, R>) => HttpApp.Default<E | Denied, R>
}

const cookie = "tickwork_session"

const sessionMs = 12 * 3_600_000

const mostSessions = 1000

/**
 * A token of 192 random bits.
 *
 * @since 0.1.0
 * @category constructors
 */
export const random: Effect.Effect<string> = Effect.sync(() => randomBytes(24).toString("base64url"))

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = ({ hostNames = [], isOneTime, isReadableByAll, name, token }: Options): TickToken => {
  const sessions = new Map<string, number>()
  let isUsed = false

  const isSignedIn = (request: HttpServerRequest.HttpServerRequest, now: number): boolean => {
    const until = sessions.get(request.cookies[cookie] ?? "")
    return until !== undefined && now < until
  }

  /** A program sends a token that lasts with each request. */
  const isBearer = ({ headers }: HttpServerRequest.HttpServerRequest): boolean => {
    const [, sent] = /^Bearer (.+)$/i.exec(headers.authorization ?? "") ?? []
    return !isOneTime && sent !== undefined && Guard.isEqual(sent, token)
  }

  const authorize: TickPage.Authorize = (request) =>
    Effect.flatMap(Clock.currentTimeMillis, (now): Effect.Effect<TickPage.Actor, Denied> => {
      if (isSignedIn(request, now) || isBearer(request)) return Effect.succeed({ name, allow: "control" })
      return isReadableByAll
        ? Effect.succeed({ name: "", allow: "read" })
        : new Denied({ reason: "Sign in first.", status: 401, signIn: "session" })
    })

  const form = Effect.sync(() => {
    const viewer = { formToken: null, name: "", now: 0, showsValues: false, zone: DateTime.zoneMakeLocal() }
    return Respond.page(Frame.page(SignIn.render(), viewer), 401)
  })

  const exchange = Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const foreign = Guard.originFault(request.headers)
    if (foreign !== null) return yield* foreign
    const fields = yield* Input.form
    if (isUsed || !Guard.isEqual(fields.get("token") ?? "", token))
      return yield* new Denied({
        reason: isOneTime
          ? "The token is not the one that was printed, or it has been used: start tickwork serve again."
          : "The token is not the one of the token file."
      })
    isUsed = isOneTime
    const id = randomBytes(32).toString("base64url")
    for (const oldest of sessions.keys()) {
      if (sessions.size < mostSessions) break
      sessions.delete(oldest)
    }
    sessions.set(id, (yield* Clock.currentTimeMillis) + sessionMs)
    return HttpServerResponse.unsafeSetCookie(Respond.to("./"), cookie, id, {
      httpOnly: true,
      sameSite: "strict",
      path: "/"
    })
  }).pipe(Effect.catchTag("Denied", ({ reason }) => Effect.succeed(Respond.text(`${reason}\n`, 403))))

  return {
    authorize,
    protect: (page) =>
      Effect.gen(function* () {
        const request = yield* HttpServerRequest.HttpServerRequest
        if (Input.pathOf(request.url) !== "session") return yield* page
        const foreign = Guard.hostFault(request.headers, hostNames)
        if (foreign !== null) return Respond.text(`${foreign.reason}\n`, 403)
        return yield* request.method === "POST" ? exchange : form
      })
  }
}
