/**
 * A page on a server of its own, on the loopback.
 */
import { createServer } from "node:http"
import { HttpRouter, HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Context, Effect, Layer } from "effect"
import type { JobLog, JobStore } from "tickwork"
import { TickPage } from "../../src/index.ts"

export interface Server {
  readonly port: number
  /** The address of the page, with a slash at its end. */
  readonly url: string
}

/** Serves the page below `/jobs` until the scope closes; its streams end with it. */
export const serve = (options: TickPage.Options = {}) =>
  Effect.gen(function* () {
    const app = yield* TickPage.make(options)
    const router = HttpRouter.empty.pipe(HttpRouter.mountApp("/jobs", app))
    return yield* serveApp(router)
  })

const serveApp = (router: HttpRouter.HttpRouter<never, JobStore.JobStore | JobLog.JobLog>) =>
  Effect.gen(function* () {
    const context = yield* Layer.build(
      Layer.provideMerge(
        HttpServer.serve(router),
        NodeHttpServer.layer(() => createServer(), { port: 0, host: "127.0.0.1" })
      )
    )
    const { address } = Context.get(context, HttpServer.HttpServer)
    const port = address._tag === "TcpAddress" ? address.port : 0
    return { port, url: `http://127.0.0.1:${port}/jobs/` } satisfies Server
  })

/** A page with verbs, for one who is called ada. */
export const control = (options: Partial<TickPage.CommonOptions> = {}) =>
  serve({ ...options, allow: "control", authorize: () => Effect.succeed({ name: "ada" }) })
