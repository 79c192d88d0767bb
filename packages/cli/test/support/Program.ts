/**
 * The program as a process of its own, as a shell starts it.
 */
import { spawn } from "node:child_process"
import { Command } from "@effect/platform"
import * as Bundle from "@tickwork/test-support/Bundle"
import { Effect, Stream } from "effect"

const bundle = Bundle.of(new URL("../../src/main.ts", import.meta.url))

const text = <E, R>(stream: Stream.Stream<Uint8Array, E, R>) => Stream.mkString(Stream.decodeText(stream))

const environment = { NODE_OPTIONS: "", TICKWORK_DB: "", COLUMNS: "", TZ: "Europe/Berlin", NO_COLOR: "" }

/** Starts it; the end of the scope kills it. */
export const startIn = (env: Readonly<Record<string, string>>, ...args: ReadonlyArray<string>) =>
  Effect.flatMap(bundle, (program) =>
    Command.make(process.execPath, program, ...args).pipe(Command.env({ ...environment, ...env }), Command.start)
  )

export const start = (...args: ReadonlyArray<string>) => startIn({}, ...args)

/** Runs it to its end. */
export const runIn = (env: Readonly<Record<string, string>>, ...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const running = yield* startIn(env, ...args)
    const [output, errors, code] = yield* Effect.all([text(running.stdout), text(running.stderr), running.exitCode], {
      concurrency: "unbounded"
    })
    return { output, lines: output.split("\n"), errors, code }
  }).pipe(Effect.scoped)

/** Runs it to its end with this text on its standard input. */
export const withInput = (input: string, ...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const program = yield* bundle
    const command = Command.make(process.execPath, program, ...args).pipe(Command.env(environment), Command.feed(input))
    const running = yield* Command.start(command)
    const [output, errors, code] = yield* Effect.all([text(running.stdout), text(running.stderr), running.exitCode], {
      concurrency: "unbounded"
    })
    return { output, errors, code }
  }).pipe(Effect.scoped)

/** Runs it to its end in a shell that prepares and redirects it. */
export const redirected = (before: string, after: string, ...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const program = yield* bundle
    const shell = ["-c", `${before} exec "$0" "$@" ${after}`, process.execPath, program, ...args]
    const running = yield* Command.start(Command.env(Command.make("sh", ...shell), environment))
    const [errors, code] = yield* Effect.all([text(running.stderr), running.exitCode], { concurrency: "unbounded" })
    return { errors, code }
  }).pipe(Effect.scoped)

export const run = (...args: ReadonlyArray<string>) => runIn({}, ...args)

/** Runs it to its end and parses its JSON. */
export const json = (...args: ReadonlyArray<string>) =>
  Effect.map(run(...args, "--json"), ({ code, errors, output }) => ({ code, errors, answer: JSON.parse(output) }))

/** Runs it to its end with an output pipe that is closed at once. */
export const cutOff = (...args: ReadonlyArray<string>) =>
  Effect.flatMap(bundle, (program) =>
    Effect.async<{ readonly code: number | null; readonly errors: string }>((resume) => {
      const running = spawn(process.execPath, [program, ...args], {
        env: { ...process.env, ...environment },
        stdio: ["ignore", "pipe", "pipe"]
      })
      let errors = ""
      running.stdout.destroy()
      running.stderr.setEncoding("utf8").on("data", (text: string) => {
        errors += text
      })
      running.on("close", (code) => resume(Effect.succeed({ code, errors })))
    })
  )
