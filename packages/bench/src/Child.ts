/**
 * A measurement in a process of its own, which shares neither heap nor compiled code with the one before it.
 */
import { type ChildProcess, fork } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { Data, Duration, Effect, type Scope } from "effect"

export class ChildError extends Data.TaggedError("ChildError")<{ readonly what: string; readonly reason: string }> {
  override get message() {
    return `${this.what} was not measured: ${this.reason}.`
  }
}

export interface Options {
  /** What is measured, for messages. */
  readonly what: string
  readonly program: string
  readonly message: unknown
  readonly limit: Duration.DurationInput
  /** Another Node than this one. */
  readonly execPath?: string
  readonly execArgv?: ReadonlyArray<string>
}

/** What a child leaves behind goes with this folder, also when the child is killed. */
const temporary: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "tickwork-bench-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
)

const stop = (child: ChildProcess) =>
  Effect.async<void>((done) => {
    if (child.exitCode !== null || child.signalCode !== null) return done(Effect.void)
    child.once("exit", () => done(Effect.void))
    child.kill("SIGKILL")
  })

const start = ({ execArgv = [], execPath = process.execPath, message, program }: Options, folder: string) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      fork(program, [JSON.stringify(message)], {
        execPath,
        execArgv: [...execArgv],
        env: { ...process.env, TMPDIR: folder },
        stdio: ["ignore", "pipe", "pipe", "ipc"]
      })
    ),
    stop
  )

/** The end of what it has printed, which counts where it fails alone: what the product logs is no part of a table. */
const printed = (child: ChildProcess): (() => string) => {
  let text = ""
  for (const output of [child.stdout, child.stderr]) {
    output?.on("data", (chunk) => {
      text = `${text}${chunk}`.slice(-2000)
    })
  }
  return () => text.trim()
}

/** What the program sends, once it has ended. */
const answerOf = <A>(child: ChildProcess, what: string) =>
  Effect.async<A, ChildError>((resume) => {
    let sent: { readonly answer: A } | undefined
    const text = printed(child)
    child.once("message", (answer) => {
      sent = { answer: answer as A }
    })
    child.once("error", ({ message }) => resume(new ChildError({ what, reason: message })))
    child.once("close", (code, signal) =>
      resume(
        sent === undefined
          ? new ChildError({ what, reason: `its process ended with ${signal ?? code}\n${text()}` })
          : Effect.succeed(sent.answer)
      )
    )
  })

/** Runs a program that sends one answer and ends. */
export const run = <A>(options: Options): Effect.Effect<A, ChildError> => {
  const { limit, what } = options
  return Effect.gen(function* () {
    const child = yield* start(options, yield* temporary)
    return yield* answerOf<A>(child, what)
  }).pipe(
    Effect.scoped,
    Effect.timeoutFail({
      duration: limit,
      onTimeout: () => new ChildError({ what, reason: `it took longer than ${Duration.format(limit)}` })
    })
  )
}
