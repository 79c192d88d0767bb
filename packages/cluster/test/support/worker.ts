/**
 * A program that runs its share of many keys on the database that its first argument names, each key once a second with a
 * body of 100 ms, until it is stopped. It says how many partitions it has whenever that changes, and for each line of its
 * input what it has cost since the line before.
 *
 * Its second argument says how many keys there are.
 */
import { createRequire } from "node:module"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { NodeRuntime } from "@effect/platform-node"
import { ClusterPlacement } from "@tickwork/cluster"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import { Effect, Layer, Redacted, Stream } from "effect"
import { Job, Jobs, Placement, Tick } from "tickwork"

export interface Cost {
  readonly cpuMs: number
  readonly statements: number
  readonly elapsedMs: number
}

/** A line of its output. */
export type Said = { readonly partitions: number } | Cost

export const bodyMs = 100

export const everyMs = 1000

/** How long the shards of a process that falls silent stay its own, and its claims after that. */
export const lockMs = 15_000
export const leaseMs = 15_000

const say = (said: Said) => process.stdout.write(`${JSON.stringify(said)}\n`)

let statements = 0

const require = createRequire(import.meta.url)

const countStatements = Effect.sync(() => {
  const { prototype } = require("pg").Client
  const { query } = prototype
  prototype.query = function (this: unknown, ...args: ReadonlyArray<unknown>) {
    statements += 1
    return query.apply(this, args)
  }
})

const answer = Effect.sync(() => {
  let before = { cpu: process.cpuUsage(), at: Date.now() }
  createInterface({ input: process.stdin }).on("line", () => {
    const { system, user } = process.cpuUsage(before.cpu)
    say({ cpuMs: (user + system) / 1000, statements, elapsedMs: Date.now() - before.at })
    before = { cpu: process.cpuUsage(), at: Date.now() }
    statements = 0
  })
})

const telling = Layer.scopedDiscard(
  Effect.gen(function* () {
    const { changes } = yield* Placement.Placement
    const { health } = yield* ClusterPlacement.ClusterPlacement
    const tell = Effect.map(health, ({ partitions }) => say({ partitions }))
    yield* Effect.forkScoped(Stream.runForEach(changes, () => tell))
  })
)

const program = (url: string, keys: number, watch?: string) => {
  const listed = Effect.succeed(Array.from({ length: keys }, (_, n) => `key ${n}`))
  const job = Job.make("work", { keys: listed }, () => Effect.sleep(bodyMs)).pipe(Job.every(everyMs), Job.parallel)
  const options = { concurrency: 64, lease: leaseMs, watch: watch === undefined ? "auto" : Number(watch) } as const
  return Layer.merge(Tick.layerDaemon(Jobs.make(job), options), telling).pipe(
    Layer.provide(ClusterPlacement.layerSql()),
    Layer.provide(PgJobStore.layerPg({ url: Redacted.make(url), maxConnections: 8 })),
    Layer.launch
  )
}

const [, file, url = "", keys = "400", watch] = process.argv
if (file === fileURLToPath(import.meta.url))
  NodeRuntime.runMain(Effect.all([countStatements, answer, program(url, Number(keys), watch)], { discard: true }))
