/**
 * The one list of the messenger's jobs. Adding a job is making it and naming it here.
 */
import { Jobs } from "tickwork"
import { writeMessages } from "./DemoUser.ts"
import { prekeyReplenishment } from "./jobs/prekeyReplenishment.ts"
import { purgeExpired } from "./jobs/purgeExpired.ts"
import { stats } from "./jobs/stats.ts"
import { syncSend } from "./jobs/syncSend.ts"

const housekeeping = [syncSend, prekeyReplenishment, purgeExpired] as const

/** What a messenger does, without what there is for the demo alone. */
export const messengerJobs = Jobs.make(...housekeeping)

export const jobs = Jobs.make(...housekeeping, stats, writeMessages)
