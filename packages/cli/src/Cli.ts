/**
 * The program `tickwork`, for another program to run.
 *
 * @since 0.1.0
 */
import type { CliApp } from "@effect/cli"
import { Effect } from "effect"
import * as Output from "./Output.ts"
import * as Program from "./Program.ts"

/**
 * Runs a command line, given without the program's own name, and answers the exit code: 0 for success, 1 where
 * something was not found or `doctor` found an error, 2 for a wrong command line, 3 for a database that cannot be used
 * or an output that cannot be written, 70 for a bug. An error is one line on the standard error.
 *
 * @example
 * ```ts
 * import { NodeContext } from "@effect/platform-node"
 * import { Effect } from "effect"
 * import { Cli } from "@tickwork/cli"
 *
 * const exitCode = Effect.provide(Cli.run(["--version"]), NodeContext.layer)
 * Effect.runPromise(exitCode).then((code) => console.assert(code === 0))
 * ```
 *
 * @since 0.1.0
 * @category running
 */
export const run = (args: ReadonlyArray<string>): Effect.Effect<number, never, CliApp.CliApp.Environment> =>
  Effect.provide(Program.run(args), Output.layer)
