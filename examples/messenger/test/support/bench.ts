/**
 * A messenger on a file of its own, on virtual time.
 */
import { FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import type { SqlClient } from "@effect/sql"
import { Context, Duration, Effect, Layer } from "effect"
import { type JobLog, type JobStore, type Jobs, Tick } from "tickwork"
import { ManualClock } from "tickwork/testing"
import * as Database from "../../src/Database.ts"
import * as Peers from "../../src/Peers.ts"
import { PrekeyPolicy } from "../../src/PrekeyPolicy.ts"

/** 2026-01-01T00:00:00Z */
export const start = 1_767_225_600_000

/** The path of the messenger's file. */
export class File extends Context.Tag("messenger/test/File")<File, string>() {}

export const policy = { minimum: 4, full: 6, lifetime: Duration.days(1) }

const file = Layer.scoped(
  File,
  Effect.flatMap(FileSystem.FileSystem, (fs) =>
    Effect.map(fs.makeTempDirectoryScoped({ prefix: "messenger-" }), (folder) => `${folder}/data/messenger.db`)
  )
)

const database = Layer.unwrapEffect(Effect.map(File, Database.layer))

export interface Options {
  readonly peers?: ReadonlyArray<Peers.Peer>
  readonly policy?: { readonly minimum: number; readonly full: number; readonly lifetime: Duration.Duration }
}

/** The tick of these jobs, with the services that tests read. */
export const layer = (
  jobs: Jobs.Jobs<SqlClient.SqlClient | Peers.Peers | JobStore.JobStore | JobLog.JobLog>,
  options: Options = {}
) =>
  Tick.layer(jobs).pipe(
    Layer.provideMerge(Peers.layer(options.peers ?? [{ name: "ada" }, { name: "grace" }, { name: "linus" }])),
    Layer.provideMerge(database),
    Layer.provideMerge(file),
    Layer.provideMerge(Layer.succeed(PrekeyPolicy, options.policy ?? policy)),
    Layer.provideMerge(NodeContext.layer),
    Layer.provideMerge(ManualClock.layer(start))
  )
