/**
 * The messenger with its page in a browser, in one process: the page may steer the jobs, and the printed link signs in once.
 */
import { createServer } from "node:http"
import { parseArgs } from "node:util"
import { HttpRouter, HttpServer } from "@effect/platform"
import { NodeContext, NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { TickPage, TickToken } from "@tickwork/web"
import { Cause, Console, Context, Effect, Exit, Layer, Logger, Schema } from "effect"
import { Tick } from "tickwork"
import * as Cells from "./Cells.ts"
import * as Messenger from "./Messenger.ts"
import { decode, OptionError } from "./Options.ts"

const help = `Usage: npm run page -- [options]

  --port N     the port of the page on 127.0.0.1 (default: 4747; 0 for any that is free)
  --db FILE    the file of messages and jobs (default: .data/messenger.db)
  --help       show this`

const Options = Schema.Struct({
  port: Schema.NumberFromString.pipe(
    Schema.int(),
    Schema.between(0, 65_535, { message: () => "--port must be a whole number from 0 to 65535" })
  ),
  db: Schema.NonEmptyString.annotations({ message: () => "--db must be a file, got nothing" }),
  help: Schema.Boolean
})

const parse = decode(
  Options,
  () =>
    parseArgs({
      args: process.argv.slice(2),
      strict: true,
      options: {
        port: { type: "string", default: "4747" },
        db: { type: "string", default: ".data/messenger.db" },
        help: { type: "boolean", default: false }
      }
    }).values
)

class PortError extends Schema.TaggedError<PortError>("messenger/PortError")("PortError", {
  port: Schema.Int,
  cause: Schema.Defect
}) {
  override get message() {
    const why = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `Port ${this.port} of 127.0.0.1 cannot be used: ${why}. Use another --port.`
  }
}

const start = ({ db, port }: typeof Options.Type) =>
  Effect.gen(function* () {
    yield* Effect.forkScoped(Tick.run)
    const token = yield* TickToken.random
    const access = TickToken.make({ token, isOneTime: true, isReadableByAll: true, name: "the messenger's operator" })
    const page = Layer.unwrapScoped(
      Effect.map(TickPage.make({ allow: "control", authorize: access.authorize, show: "values" }), (page) =>
        HttpServer.serve(HttpRouter.empty.pipe(HttpRouter.mountApp("/jobs", access.protect(page))))
      )
    )
    const server = NodeHttpServer.layer(() => createServer(), { host: "127.0.0.1", port })
    const services = yield* Effect.mapError(
      Layer.build(Layer.provideMerge(page, server)),
      ({ cause }) => new PortError({ port, cause })
    )
    const { address } = Context.get(services, HttpServer.HttpServer)
    const open = address._tag === "TcpAddress" ? address.port : port
    yield* Console.log(`The messenger runs. Its page: http://127.0.0.1:${open}/jobs/#t=${token}`)
    return yield* Effect.never
  }).pipe(Effect.scoped, Effect.provide(Messenger.layer(db)))

const program = Effect.flatMap(parse, (options) => (options.help ? Console.log(help) : start(options)))

program.pipe(
  Effect.tapError((error) => Console.error(Cells.escape(error instanceof Error ? error.message : String(error)))),
  Effect.tapDefect((cause) => Console.error(Cause.pretty(cause))),
  // the page shows what the tick logs
  Effect.provide(Layer.merge(NodeContext.layer, Logger.remove(Logger.defaultLogger))),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    disablePrettyLogger: true,
    teardown: (exit, onExit) =>
      onExit(
        Exit.isSuccess(exit) || Cause.isInterruptedOnly(exit.cause)
          ? 0
          : Exit.isFailure(exit) && exit.cause._tag === "Fail" && exit.cause.error instanceof OptionError
            ? 2
            : 1
      )
  })
)
