/**
 * A page on a server of its own, on the loopback.
 */
import { createServer } from "node:http"
import { HttpRouter, HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Context, Effect, Layer } from "effect"
import { TickPage } from "../../src/index.ts"

export interface Server {
  readonly port: number
  /** The address of the page, with a slash at its end. */
  readonly url: string
}

/** Serves the page below `/jobs` until the scope closes; its streams end before the server does. */
export const serve = (options: TickPage.Options = {}) =>
  Effect.gen(function* () {
    const page = Layer.unwrapScoped(
      Effect.map(TickPage.make(options), (app) =>
        HttpServer.serve(HttpRouter.empty.pipe(HttpRouter.mountApp("/jobs", app)))
      )
    )
    const server = NodeHttpServer.layer(() => createServer(), { port: 0, host: "127.0.0.1" })
    const { address } = Context.get(yield* Layer.build(Layer.provideMerge(page, server)), HttpServer.HttpServer)
    const port = address._tag === "TcpAddress" ? address.port : 0
    return { port, url: `http://127.0.0.1:${port}/jobs/` } satisfies Server
  })

/** A page with verbs, for one who is called ada. */
export const control = (options: Partial<TickPage.CommonOptions> = {}) =>
  serve({ ...options, allow: "control", authorize: () => Effect.succeed({ name: "ada" }) })
