/**
 * What can be measured, by the names of the catalog.
 */
import type { Effect } from "effect"
import type * as Catalog from "./Catalog.ts"
import * as Cadences from "./growth/Cadences.ts"
import * as Dependencies from "./growth/Dependencies.ts"
import * as Due from "./growth/Due.ts"
import type * as Growth from "./growth/Growth.ts"
import * as Instances from "./growth/Instances.ts"
import * as Log from "./growth/Log.ts"
import * as Million from "./growth/Million.ts"
import * as Placement from "./growth/Placement.ts"
import * as Processes from "./growth/Processes.ts"
import * as Requests from "./growth/Requests.ts"
import type { Family } from "./Row.ts"
import * as Enqueue from "./rows/Enqueue.ts"
import * as EnqueueToStart from "./rows/EnqueueToStart.ts"
import * as EverySecond from "./rows/EverySecond.ts"
import * as Idle from "./rows/Idle.ts"
import * as Import from "./rows/Import.ts"
import * as Keys from "./rows/Keys.ts"
import * as ManyInstances from "./rows/ManyInstances.ts"
import * as Messenger from "./rows/Messenger.ts"
import * as NothingDue from "./rows/NothingDue.ts"
import * as OneByOne from "./rows/OneByOne.ts"
import * as OneOff from "./rows/OneOff.ts"
import * as Parallel from "./rows/Parallel.ts"
import * as Postgres from "./rows/Postgres.ts"
import * as Pruning from "./rows/Pruning.ts"
import * as Simulation from "./rows/Simulation.ts"
import * as TypeCheck from "./rows/TypeCheck.ts"
import type { Settings } from "./Settings.ts"

export const table: Readonly<Record<Catalog.Family, Family>> = {
  "nothing-due": NothingDue.rows,
  parallel: Parallel.rows,
  "one-by-one": OneByOne.rows,
  "one-off": OneOff.rows,
  enqueue: Enqueue.rows,
  "enqueue-to-start": EnqueueToStart.rows,
  postgres: Postgres.rows,
  "every-second": EverySecond.rows,
  idle: Idle.rows,
  "many-instances": ManyInstances.rows,
  keys: Keys.rows,
  pruning: Pruning.rows,
  messenger: Messenger.rows,
  simulation: Simulation.rows,
  import: Import.rows,
  "type-check": TypeCheck.rows
}

type Growing = (settings: Settings) => Effect.Effect<ReadonlyArray<Growth.Row>, unknown>

export const growth: Readonly<Record<Catalog.Growth, Growing>> = {
  instances: () => Instances.rows,
  cadences: () => Cadences.rows,
  due: () => Due.rows,
  log: () => Log.rows,
  requests: () => Requests.rows,
  dependencies: () => Dependencies.rows,
  processes: Processes.rows,
  placement: Placement.rows,
  million: () => Million.rows
}
