/**
 * The jobs of a tool that something else starts now and then.
 */
import { Effect } from "effect"
import { Job, Jobs } from "tickwork"

export const copyFiles = Job.make("copy_files", (run) =>
  Effect.log(`copying what changed since ${run.lastSuccessAt ?? 0}`)
).pipe(Job.every("1 hour"), Job.priority(1))

/** However rarely the tool is started, it catches up with one run for all that was missed, unless that is a week ago. */
export const checkCopies = Job.make("check_copies", Effect.log("reading the copies again")).pipe(
  Job.cron("0 3 * * SUN", "Europe/Berlin"),
  Job.missed("latest", { within: "7 days" })
)

export const deleteOldCopies = Job.make("delete_old_copies", Effect.log("deleting copies older than a month")).pipe(
  Job.cron("@daily"),
  Job.after([copyFiles])
)

export const jobs = Jobs.make(copyFiles, checkCopies, deleteOldCopies)
