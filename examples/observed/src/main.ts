/**
 * Three jobs on a SQLite file, with traces, metrics and logs. A stop waits for the runs under way and the last export.
 */
import { NodeRuntime } from "@effect/platform-node"
import { SqlJobStore } from "@tickwork/sql"
import { Cause, Console, Effect, Layer, Option } from "effect"
import { Tick } from "tickwork"
import * as Cache from "./Cache.ts"
import * as Options from "./Options.ts"
import { jobs } from "./Registry.ts"
import * as Telemetry from "./Telemetry.ts"

/** The telemetry is provided to the tick's layer, since the fibers of the runs inherit its tracer. */
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
