/**
 * The benchmark: `npm run bench`, and with `-- --help` what else it measures.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Effect } from "effect"
import * as Against from "./modes/Against.ts"
import * as Growth from "./modes/Growth.ts"
import type { Outcome } from "./modes/Outcome.ts"
import * as Peers from "./modes/Peers.ts"
import * as Quick from "./modes/Quick.ts"
import * as Table from "./modes/Table.ts"
import * as Options from "./Options.ts"

const run = (options: Options.Options): Effect.Effect<Outcome, Error> => {
  switch (options.mode) {
    case "table":
      return Table.run(options.names)
    case "quick":
      return Quick.run(options.isRecorded)
    case "against":
      return Against.run(options)
    case "growth":
      return Growth.run(options.names)
    case "peers":
      return Peers.run(options.names)
  }
}

const measured = Effect.gen(function* () {
  const options = yield* Options.parse(process.argv.slice(2))
  const { failures, json, text } = yield* run(options)
  console.log(options.json ? JSON.stringify(json, null, 2) : text)
  return yield* failures.length === 0 ? Effect.void : Effect.fail(new Error(`\n${failures.join("\n")}`))
})

const help = Effect.sync(() => console.log(Options.usage))

const program = process.argv.includes("--help") ? help : measured

// a signal stops the servers and processes of the run
NodeRuntime.runMain(
  Effect.tapError(program, ({ message }) => Effect.sync(() => console.error(message))),
  { disableErrorReporting: true }
)
