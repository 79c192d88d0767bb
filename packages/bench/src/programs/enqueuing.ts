/**
 * Enqueues mails in a process of its own, on the database that another process runs them from.
 */
import { Effect } from "effect"
import * as Mail from "../Mail.ts"

Effect.runPromise(Mail.enqueueFromOutside(JSON.parse(process.argv[2] ?? ""))).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error)
    process.exit(1)
  }
)
