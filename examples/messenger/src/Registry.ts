/**
 * The one list of the messenger's jobs. Adding a job is making it and naming it here.
 */
import { Jobs } from "tickwork"
import { writeMessages } from "./DemoUser.ts"
import { prekeyReplenishment } from "./jobs/prekeyReplenishment.ts"
import { purgeExpired } from "./jobs/purgeExpired.ts"
import { stats } from "./jobs/stats.ts"
import { syncSend } from "./jobs/syncSend.ts"

export const jobs = Jobs.make(syncSend, prekeyReplenishment, purgeExpired, stats, writeMessages)
