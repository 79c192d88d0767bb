/**
 * A program that opens damaged files: for each name on a line of its input it says in a line how its opening ended, and
 * what the doctor says. A file that makes it hang or crash holds up nothing but this process.
 */
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { Doctor, SqlJobStore } from "@tickwork/sql"
import { Cause, Effect, Exit, Layer, Logger, Stream } from "effect"
import { Tick } from "tickwork"
import { ManualClock, TestTime } from "tickwork/testing"
import { jobs } from "./scenario.ts"

/** `null` where it ended well; else the tag of its error and its message, or the defect. */
export interface Ending {
  readonly failed: { readonly tag: string; readonly message: string } | null
  readonly defect: string | null
}

export interface Examined {
  readonly opening: Ending
  readonly doctor: Ending
  /** The codes of what the doctor has found. */
  readonly found: ReadonlyArray<string>
}

type AnyError = { readonly _tag: string; readonly message: string }

const endingOf = <A, E extends AnyError>(exit: Exit.Exit<A, E>): Ending => {
  if (Exit.isSuccess(exit)) return { failed: null, defect: null }
  const failure = Cause.failureOption(exit.cause)
  return failure._tag === "Some"
    ? { failed: { tag: failure.value._tag, message: failure.value.message }, defect: null }
    : { failed: null, defect: Cause.pretty(exit.cause) }
}

/** A tick on the file that runs what is due, a minute after the last of its lives. */
const opening = (filename: string, at: number) =>
  Effect.gen(function* () {
    const time = yield* ManualClock.ManualClock
    yield* time.until(Tick.once)
  }).pipe(
    Effect.provide(
      Tick.layer(jobs((_, body) => body)).pipe(
        Layer.provideMerge(Layer.fresh(SqlJobStore.layerSqlite({ filename }))),
        Layer.provideMerge(TestTime.layer({ start: at }))
      )
    )
  )

const examining = (filename: string, at: number) =>
  Stream.runCollect(Doctor.examine()).pipe(
    Effect.map((findings) => [...findings].map(({ code }) => code)),
    Effect.provide(
      Layer.provideMerge(
        Layer.fresh(SqlJobStore.layerExisting({ filename, access: "read" })),
        TestTime.layer({ start: at })
      )
    )
  )

const answer = (filename: string, at: number) =>
  Effect.gen(function* () {
    const doctor = yield* Effect.exit(examining(filename, at))
    const opened = yield* Effect.exit(opening(`${filename}-opened`, at))
    const found = Exit.isSuccess(doctor) ? doctor.value : []
    const examined: Examined = { opening: endingOf(opened), doctor: endingOf(doctor), found }
    process.stdout.write(`${JSON.stringify(examined)}\n`)
  }).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)))

const [, file, at = "0"] = process.argv
if (file === fileURLToPath(import.meta.url)) {
  process.stdout.write("ready\n")
  createInterface({ input: process.stdin }).on("line", (filename) => Effect.runPromise(answer(filename, Number(at))))
}
