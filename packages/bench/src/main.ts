/**
 * The benchmark: `npm run bench`, and with `-- --help` what else it measures.
 */
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

const program = Effect.gen(function* () {
  const options = yield* Options.parse(process.argv.slice(2))
  const { failures, json, text } = yield* run(options)
  console.log(options.json ? JSON.stringify(json, null, 2) : text)
  if (failures.length > 0) {
    console.error(`\n${failures.join("\n")}`)
    process.exitCode = 1
  }
})

const help = Effect.sync(() => console.log(Options.usage))

Effect.runPromise(Effect.either(process.argv.includes("--help") ? help : program)).then((result) => {
  if (result._tag === "Right") return
  console.error(result.left.message)
  process.exitCode = 1
})
