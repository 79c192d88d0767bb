/**
 * Runs a program of the tests as a real process. It never outlives its scope.
 */

import { type ChildProcess, spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { Effect, type Scope } from "effect"
import * as Bundle from "./Bundle.ts"

/** Starts a program and waits for its first output; `onLine` gets every line of it. */
export const start = (
  program: URL,
  args: ReadonlyArray<string>,
  onLine?: (line: string, child: ChildProcess) => void
): Effect.Effect<ChildProcess, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.flatMap(Bundle.of(program), (file) =>
      Effect.async<ChildProcess>((resume) => {
        const child = spawn(process.execPath, [file, ...args], { stdio: ["pipe", "pipe", onLine ? "pipe" : "ignore"] })
        child.stdout?.once("data", () => resume(Effect.succeed(child)))
        child.once("exit", (code) =>
          resume(Effect.dieMessage(`${program.pathname} ended with ${code} before it was ready`))
        )
        for (const input of [child.stdout, child.stderr]) {
          if (onLine !== undefined && input !== null)
            createInterface({ input }).on("line", (line) => onLine(line, child))
        }
      })
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

/** Waits for this number of further lines; a process that ends before them is a fault of the test. */
export const lines = (child: ChildProcess, wanted: number): Effect.Effect<void> =>
  Effect.async((resume) => {
    let heard = 0
    const listen = (data: Buffer) => {
      heard += data.toString().split("\n").length - 1
      if (heard >= wanted) resume(Effect.void)
    }
    const ended = () => {
      const how = child.signalCode ?? child.exitCode
      resume(Effect.dieMessage(`the process ended with ${how} after ${heard} of ${wanted} lines`))
    }
    if (hasEnded(child)) return ended()
    child.stdout?.on("data", listen)
    child.once("exit", ended)
    return Effect.sync(() => {
      child.stdout?.off("data", listen)
      child.off("exit", ended)
    })
  })

/** Sends a line, and waits for the line that answers it. */
export const ask = (child: ChildProcess, line: string): Effect.Effect<string> =>
  Effect.async((resume) => {
    const ended = (code: number | null) => resume(Effect.succeed(`it ended with ${code} and said nothing`))
    child.stdout?.once("data", (data: Buffer) => {
      child.off("exit", ended)
      resume(Effect.succeed(data.toString().trim()))
    })
    child.once("exit", ended)
    child.stdin?.write(`${line}\n`)
  })

/** Sends a signal, and waits for the end of the process. */
export const end = (child: ChildProcess, signal: NodeJS.Signals): Effect.Effect<void> =>
  Effect.async((resume) => {
    if (hasEnded(child)) return resume(Effect.dieMessage(`the process had ended before ${signal}`))
    child.once("exit", () => resume(Effect.void))
    child.kill(signal)
  })

/** Closes its input, and waits for the end of the process. */
export const close = (child: ChildProcess): Effect.Effect<void> =>
  Effect.async((resume) => {
    if (hasEnded(child)) return resume(Effect.void)
    child.once("exit", () => resume(Effect.void))
    child.stdin?.end()
  })
