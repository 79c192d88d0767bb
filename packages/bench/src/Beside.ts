/**
 * A program of the benchmark in a process beside this one, on the same database.
 */
import { fork } from "node:child_process"
import * as path from "node:path"
import { Effect } from "effect"

/** By then this number of processes have opened, in ms: the machine may have fewer cores than there are processes. */
export const openedMs = (processes: number): number => 2000 * (1 + processes)

/** Runs a bundled program to its end, and gives what it sends. */
export const run = <A = unknown>(name: string, argument: string): Effect.Effect<A, Error> =>
  Effect.async((resume) => {
    // the programs are bundled side by side
    const child = fork(path.join(import.meta.dirname, `${name}.mjs`), [argument], { stdio: ["ignore", 2, 2, "ipc"] })
    let sent: unknown
    child.once("message", (message) => {
      sent = message
    })
    child.once("exit", (code, signal) =>
      resume(code === 0 ? Effect.succeed(sent as A) : Effect.fail(new Error(`${name} ended with ${signal ?? code}`)))
    )
    return Effect.sync(() => child.kill("SIGKILL"))
  })
