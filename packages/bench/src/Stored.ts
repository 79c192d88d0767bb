/**
 * A file with many instances that are due tomorrow, and their registry. Tickwork makes all of it.
 */

import { Effect, type Scope } from "effect"
import { Job, Jobs } from "#adapter"
import * as File from "./File.ts"

/** A daily job that does nothing, for `count` keys. */
export const registry = (count: number): Jobs.Jobs<never> => {
  const keys = Effect.succeed(Array.from({ length: count }, (_, index) => `peer ${index}`))
  return Jobs.make(
    Job.make("daily", { keys, refresh: "1 day" }, () => Effect.void).pipe(Job.cron("0 0 * * *"), Job.parallel)
  )
}

/** The file of `registry(count)`. */
export const make = (count: number): Effect.Effect<File.File, File.Failure, Scope.Scope> =>
  Effect.tap(File.make(), (file) => File.prepare(file, registry(count)))
