/**
 * `stats`: counts messages, outbox and prekeys. It only reads the tables of other jobs, so it may run in parallel.
 */
import { Job } from "tickwork"
import * as Stats from "../Stats.ts"

export const stats = Job.make("stats", Stats.count).pipe(
  Job.every("10 seconds"),
  Job.parallel,
  Job.priority(8),
  Job.describe("counts messages, outbox and prekeys")
)
