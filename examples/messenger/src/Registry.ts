/**
 * The list of the messenger's jobs. To add a job, make it and name it here.
 */
import { Jobs } from "tickwork"
import { writeMessages } from "./DemoUser.ts"
import { prekeyReplenishment } from "./jobs/prekeyReplenishment.ts"
import { purgeExpired } from "./jobs/purgeExpired.ts"
import { stats } from "./jobs/stats.ts"
import { syncSend } from "./jobs/syncSend.ts"

const housekeeping = [syncSend, prekeyReplenishment, purgeExpired] as const

/** The jobs without those of the demo. */
export const messengerJobs = Jobs.make(...housekeeping)

export const jobs = Jobs.make(...housekeeping, stats, writeMessages)
