/**
 * Three jobs on a SQLite file, and all that Effect says of them.
 *
 * However it is stopped, jobs that run are let end first, and what has been observed is exported.
 */
import { NodeRuntime } from "@effect/platform-node"
import { SqlJobStore } from "@tickwork/sql"
import { Cause, Console, Effect, Layer, Option } from "effect"
import { Tick } from "tickwork"
import * as Cache from "./Cache.ts"
import * as Options from "./Options.ts"
import { jobs } from "./Registry.ts"
import * as Telemetry from "./Telemetry.ts"

/** The telemetry stands below the tick: what its fibers have when it begins to run is what its runs are traced by. */
const observed = (filename: string) =>
  Tick.layerDaemon(jobs).pipe(
    Layer.provide(SqlJobStore.layerSqlite({ filename })),
    Layer.provide(Cache.layer),
    Layer.provide(Telemetry.layer)
  )

const program = Effect.gen(function* () {
  const options = yield* Options.parse(process.argv.slice(2))
  if (options.help) return yield* Console.log(Options.help)
  const end = Option.match(options.for, { onNone: () => Effect.never, onSome: Effect.sleep })
  yield* Effect.provide(end, observed(options.db))
})

program.pipe(
  Effect.tapError(({ message }) => Console.error(message)),
  Effect.tapDefect((cause) => Console.error(Cause.pretty(cause))),
  NodeRuntime.runMain({ disableErrorReporting: true })
)
