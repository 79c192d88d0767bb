/**
 * One of several processes that share the jobs of a PostgreSQL database: runs them for a while, and sends what it has spent.
 */
import { Effect } from "effect"
import * as Shared from "../Shared.ts"

Effect.runPromise(Shared.run(JSON.parse(process.argv[2] ?? ""))).then(
  (spent) => process.send?.(spent, () => process.exit(0)),
  (error: unknown) => {
    console.error(error)
    process.exit(1)
  }
)
