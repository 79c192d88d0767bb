/**
 * `prekey_replenishment`: every hour, if a peer holds fewer unexpired prekeys than the minimum.
 */
import { DateTime, Effect, Schedule } from "effect"
import { Job } from "tickwork"
import * as Keys from "../Keys.ts"
import { isLow, missing, PrekeyPolicy } from "../PrekeyPolicy.ts"
import * as Prekeys from "../Prekeys.ts"

export const prekeysAreLow = Effect.gen(function* () {
  const policy = yield* PrekeyPolicy
  return (yield* Prekeys.stocks).some((stock) => isLow(policy, stock))
})

export const replenishAll = Effect.gen(function* () {
  const policy = yield* PrekeyPolicy
  const peers = missing(policy, yield* Prekeys.stocks)
  const made = yield* Effect.forEach(peers, (peer) => Effect.map(Keys.generate, (pair) => ({ ...pair, peer })), {
    concurrency: 4
  })
  yield* Prekeys.add(made, DateTime.addDuration(yield* DateTime.now, policy.lifetime))
})

export const prekeyReplenishment = Job.make("prekey_replenishment", replenishAll).pipe(
  Job.every("1 hour"),
  Job.when("prekeys are low", prekeysAreLow),
  Job.retry(Schedule.exponential("1 second").pipe(Schedule.jittered, Schedule.intersect(Schedule.recurs(8)))),
  Job.timeout("30 seconds"),
  Job.alertAfter(3),
  Job.priority(2)
)
