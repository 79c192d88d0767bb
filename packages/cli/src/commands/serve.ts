/**
 * `tickwork serve`: the page in a browser. It listens on the loopback and only shows, unless the command line says otherwise.
 *
 * @internal
 */
import { createServer } from "node:http"
import { Options } from "@effect/cli"
import { FileSystem, HttpServer } from "@effect/platform"
import { Doctor } from "@tickwork/sql"
import { TickPage, TickToken } from "@tickwork/web"
import { Chunk, Context, Effect, Layer, Option, Stream } from "effect"
import * as CliError from "../CliError.ts"
import * as DatabaseCommand from "../DatabaseCommand.ts"
import { Output } from "../Output.ts"
import * as RequestOptions from "../RequestOptions.ts"
import * as SharedOptions from "../SharedOptions.ts"

const highestPort = 65_535

const port = Options.integer("port").pipe(
  Options.withPseudoName("N"),
  Options.withDescription("The port (default: 4747; 0 for any that is free)."),
  Options.withDefault(4747),
  Options.mapEffect((value) =>
    value >= 0 && value <= highestPort
      ? Effect.succeed(value)
      : Effect.fail(SharedOptions.invalid(`--port must be from 0 to ${highestPort}, got ${value}`))
  )
)

const host = Options.text("host").pipe(
  Options.withPseudoName("ADDRESS"),
  Options.withDescription("The address to listen on (default: 127.0.0.1); any but the loopback needs --token-file."),
  Options.withDefault("127.0.0.1")
)

const hostNames = Options.text("host-name").pipe(
  Options.withPseudoName("NAME"),
  Options.withDescription("A name under which browsers reach the page, beside localhost; may be repeated."),
  Options.repeated
)

const allow = Options.choice("allow", ["read", "control"]).pipe(
  Options.withDescription("control opens pause, resume, trigger, retry, cancel, forget and prune (default: read)."),
  Options.withDefault("read")
)

const tokenFile = Options.text("token-file").pipe(
  Options.withPseudoName("FILE"),
  Options.withDescription(
    "A file with a token of at least 16 characters, which the page then requires of every browser."
  ),
  Options.optional
)

const show = Options.choice("show", ["values"]).pipe(
  Options.withDescription("values shows payloads and memory, which are hidden by default."),
  Options.optional
)

const isLoopback = (address: string): boolean => /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i.test(address)

const shortestToken = 16

const readToken = (filename: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const text = yield* Effect.mapError(fs.readFileString(filename), () =>
      CliError.usage(`--token-file must name a file that can be read, got ${filename}.`)
    )
    const token = text.trim()
    return token.length >= shortestToken
      ? token
      : yield* CliError.usage(`--token-file must hold at least ${shortestToken} characters, got ${token.length}.`)
  })

const mostFindings = 200

const doctorOf = ({ prefix, schema }: DatabaseCommand.GlobalOptions) =>
  Doctor.examine({ prefix, ...(schema === "" ? {} : { schema }) }).pipe(
    Stream.take(mostFindings),
    Stream.runCollect,
    Effect.map((findings) =>
      Chunk.toReadonlyArray(findings).map((finding) => ({
        severity: finding.severity,
        code: finding.code,
        text: Doctor.toText(finding),
        cure: Doctor.cure(finding)
      }))
    )
  )

interface Given {
  readonly allow: "read" | "control"
  readonly host: string
  readonly hostNames: ReadonlyArray<string>
  readonly port: number
  readonly show: Option.Option<"values">
  readonly tokenFile: Option.Option<string>
}

/** A token for who may look, one for who may do more, or none. */
const accessOf = ({ allow, hostNames, tokenFile }: Given) =>
  Effect.gen(function* () {
    if (Option.isNone(tokenFile) && allow === "read") return null
    const token = Option.isSome(tokenFile) ? yield* readToken(tokenFile.value) : yield* TickToken.random
    const isOneTime = Option.isNone(tokenFile)
    const name = yield* RequestOptions.userName
    const access = TickToken.make({ token, isOneTime, isReadableByAll: isOneTime, name, hostNames })
    return { access, fragment: isOneTime ? `#t=${token}` : "" }
  })

const server = ({ host, port }: Given) =>
  Layer.unwrapEffect(
    Effect.map(
      Effect.promise(() => import("@effect/platform-node/NodeHttpServer")),
      (NodeHttpServer) => NodeHttpServer.layer(() => createServer(), { host, port })
    )
  ).pipe(
    Layer.catchAll(({ cause }) =>
      Layer.fail(
        CliError.failure(
          `Port ${port} of ${host} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}. Use another --port.`
        )
      )
    )
  )

const addressOf = (host: string, { address }: Context.Tag.Service<typeof HttpServer.HttpServer>): string => {
  const name = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host
  return `http://${name}:${address._tag === "TcpAddress" ? address.port : 0}/`
}

const run = (given: Given, global: DatabaseCommand.GlobalOptions) =>
  Effect.gen(function* () {
    const output = yield* Output
    const { allow, host, hostNames, show, tokenFile } = given
    if (!isLoopback(host) && Option.isNone(tokenFile))
      return yield* CliError.usage(`--host ${host} is open to other machines: it needs --token-file.`)
    const found = yield* accessOf(given)
    const own = isLoopback(host) ? [] : [host]
    const common = {
      hostNames: [...hostNames, ...own],
      doctor: doctorOf(global),
      ...(Option.isNone(show) ? {} : { show: show.value })
    }
    // the page closes before the server, which waits for its streams
    const page = Layer.unwrapScoped(
      Effect.map(
        TickPage.make(found === null ? common : { ...common, allow, authorize: found.access.authorize }),
        (page) => HttpServer.serve(found === null ? page : found.access.protect(page))
      )
    )
    const services = yield* Layer.build(Layer.provideMerge(page, server(given)))
    const url = addressOf(host, Context.get(services, HttpServer.HttpServer))
    const { fragment = "" } = found ?? {}
    if (global.json) yield* output.jsonLine({ url: `${url}${fragment}`, allow })
    else
      yield* output.lines([
        `The page is at ${url}${fragment}`,
        allow === "read"
          ? "It only shows; --allow control opens the verbs."
          : "It may pause, trigger and more; the link signs in once.",
        "Ctrl-C ends it."
      ])
    return yield* Effect.never
  }).pipe(Effect.scoped)

export const serve = DatabaseCommand.make(
  "serve",
  {
    description: "The page in a browser: shows the jobs live; with --allow control it steers them, too.",
    access: ({ allow }) => (allow === "control" ? "write" : "read")
  },
  { port, host, hostNames, allow, tokenFile, show },
  run
)
