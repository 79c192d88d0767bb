/**
 * `stats`: counts messages, outbox and prekeys. It only reads what others write, so it may run beside them.
 */
import { Job } from "tickwork"
import * as Stats from "../Stats.ts"

export const stats = Job.make("stats", Stats.count).pipe(
  Job.every("10 seconds"),
  Job.parallel,
  Job.priority(8),
  Job.describe("counts messages, outbox and prekeys")
)
