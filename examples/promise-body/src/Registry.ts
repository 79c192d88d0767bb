/**
 * The job around that function. The signal that it gets is aborted by the job's timeout, by `Tick.cancel` and by a stop.
 */
import { Effect, Schedule, Schema } from "effect"
import { Job, Jobs } from "tickwork"
import { downloadRates } from "./Rates.ts"

/** A rejection is a failure of this type, which `Job.retry` gets. */
export class DownloadError extends Schema.TaggedError<DownloadError>("promise-body/DownloadError")("DownloadError", {
  url: Schema.String,
  cause: Schema.Defect
}) {
  override get message() {
    return `${this.url}: ${this.cause instanceof Error ? this.cause.message : String(this.cause)}`
  }
}

export const refreshRates = (url: string) =>
  Job.make(
    "refresh_rates",
    Effect.gen(function* () {
      const rates = yield* Effect.tryPromise({
        try: (signal) => downloadRates(url, { signal }),
        catch: (cause) => new DownloadError({ url, cause })
      })
      yield* Effect.log(`${Object.keys(rates).length} rates`)
      return rates
    })
  ).pipe(
    Job.every("1 hour"),
    Job.timeout("10 seconds"),
    Job.retry(Schedule.spaced("5 seconds").pipe(Schedule.intersect(Schedule.recurs(3))))
  )

export const jobs = (url: string) => Jobs.make(refreshRates(url))
