/**
 * The web application on a port of this machine, until Ctrl-C or SIGTERM.
 */
import { createServer } from "node:http"
import { parseArgs } from "node:util"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Layer } from "effect"
import * as App from "./App.ts"
import * as Mailer from "./Mailer.ts"

const { values } = parseArgs({
  options: { port: { type: "string", default: "3000" }, db: { type: "string", default: "shop.db" } }
})

App.layer(values.db).pipe(
  Layer.provide(NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: Number(values.port) })),
  Layer.provide(Mailer.layer),
  Layer.launch,
  NodeRuntime.runMain
)
