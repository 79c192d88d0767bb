/**
 * One of several processes with partitions of their own: takes its part of what is enqueued, and sends what it has spent.
 */
import { Effect } from "effect"
import * as Placed from "../Placed.ts"

Effect.runPromise(Placed.run(JSON.parse(process.argv[2] ?? ""))).then(
  (spent) => process.send?.(spent, () => process.exit(0)),
  (error: unknown) => {
    console.error(error)
    process.exit(1)
  }
)
