/**
 * The names of what can be measured, for the command line. It imports nothing of the product, which the measuring processes
 * alone load.
 */

/** The families of the table, in its order. */
export const table = [
  "nothing-due",
  "parallel",
  "one-by-one",
  "one-off",
  "enqueue",
  "enqueue-to-start",
  "postgres",
  "every-second",
  "idle",
  "many-instances",
  "keys",
  "pruning",
  "messenger",
  "simulation",
  "import",
  "type-check"
] as const

/** What `--quick` measures. */
export const quick = ["nothing-due", "parallel", "one-by-one", "one-off", "enqueue"] as const

export const growth = [
  "instances",
  "cadences",
  "due",
  "log",
  "requests",
  "dependencies",
  "processes",
  "placement",
  "million"
] as const

export const peers = [
  "tickwork",
  "plainjob",
  "liteque",
  "effect-queue",
  "bullmq",
  "pg-boss",
  "graphile-worker"
] as const

export type Family = (typeof table)[number]

export type Growth = (typeof growth)[number]

export type Peer = (typeof peers)[number]

/** What needs a PostgreSQL server. */
export const onPostgres: ReadonlySet<string> = new Set<Family | Growth | Peer>([
  "postgres",
  "enqueue-to-start",
  "processes",
  "placement",
  "tickwork",
  "pg-boss",
  "graphile-worker"
])
