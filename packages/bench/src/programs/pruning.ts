/**
 * Prunes the log of a file down to an entry for each instance, in a process beside a daemon.
 */
import { Effect } from "effect"
import { JobLog, SqlJobStore } from "#adapter"

const filename = process.argv[2] ?? ""

const program = Effect.provide(JobLog.prune({ keep: 1 }), SqlJobStore.layerExisting({ filename, access: "write" }))

Effect.runPromise(program).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error)
    process.exit(1)
  }
)
