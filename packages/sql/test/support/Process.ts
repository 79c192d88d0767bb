/**
 * A program of the tests as a real process, killed for real. It never outlives its scope.
 */

import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { Effect, type Scope } from "effect"

const flags = ["--conditions=tickwork-source", "--import", "tsx"]

/** Starts a program of this folder, and waits until it says that it is ready. */
export const start = (program: string, args: ReadonlyArray<string>): Effect.Effect<ChildProcess, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<ChildProcess>((resume) => {
      const file = fileURLToPath(new URL(program, import.meta.url))
      const child = spawn(process.execPath, [...flags, file, ...args], { stdio: ["pipe", "pipe", "ignore"] })
      child.stdout?.once("data", () => resume(Effect.succeed(child)))
      child.once("exit", (code) => resume(Effect.dieMessage(`${program} ended with ${code} before it was ready`)))
    }),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

/** Waits until it has said so many lines more. */
export const lines = (child: ChildProcess, wanted: number): Effect.Effect<void> =>
  Effect.async((resume) => {
    let heard = 0
    const listen = (data: Buffer) => {
      heard += data.toString().split("\n").length - 1
      if (heard >= wanted) resume(Effect.void)
    }
    child.stdout?.on("data", listen)
    return Effect.sync(() => child.stdout?.off("data", listen))
  })

/** Tells it a line, and waits for the line that it says to that. */
export const ask = (child: ChildProcess, line: string): Effect.Effect<string> =>
  Effect.async((resume) => {
    child.stdout?.once("data", (data: Buffer) => resume(Effect.succeed(data.toString().trim())))
    child.once("exit", (code) => resume(Effect.succeed(`it ended with ${code} and said nothing`)))
    child.stdin?.write(`${line}\n`)
  })

/** Ends it with a signal, and waits for its end. */
export const end = (child: ChildProcess, signal: NodeJS.Signals): Effect.Effect<void> =>
  Effect.async((resume) => {
    child.once("exit", () => resume(Effect.void))
    child.kill(signal)
  })
