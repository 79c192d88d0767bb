/**
 * A PostgreSQL server for a run, with each commit flushed to the disk.
 */
import * as Process from "@tickwork/test-support/Process"
import { Cause, Deferred, Effect, type Scope } from "effect"

const program = new URL(import.meta.resolve("@tickwork/test-support/postgresServer"))

const start = Effect.gen(function* () {
  const url = yield* Deferred.make<string>()
  const child = yield* Process.start(program, ["--durable"], (line) =>
    line.startsWith("postgres:") ? Deferred.unsafeDone(url, Effect.succeed(line)) : process.stderr.write(`${line}\n`)
  )
  yield* Effect.addFinalizer(() => Process.close(child))
  return yield* Deferred.await(url)
})

/** Its URL; `null`, and a loud message, where it cannot be started. */
export const url: Effect.Effect<string | null, never, Scope.Scope> = Effect.catchAllCause(start, (cause) => {
  process.stderr.write(
    `\n#### No PostgreSQL server could be started: NOTHING IS MEASURED ON IT. ####\n${Cause.pretty(cause)}\n\n`
  )
  return Effect.succeed(null)
})
