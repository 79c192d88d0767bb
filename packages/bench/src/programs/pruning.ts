/**
 * Prunes the log of a file down to a line for each instance: a process of its own beside a daemon.
 */
import { Effect } from "effect"
import { JobLog, SqlJobStore } from "#adapter"

const filename = process.argv[2] ?? ""

const program = Effect.provide(JobLog.prune({ keep: 1 }), SqlJobStore.layerExisting({ filename, access: "write" }))

Effect.runPromise(program).then(({ entries }) => console.log(entries))
