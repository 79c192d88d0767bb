/**
 * Stubs for the messenger's jobs while its schedule is played: they send, make and delete nothing, and take as long as the
 * real runs took when measured.
 *
 * The figures are those of `npm start -- --for 60s` on a machine with two cores. They are no promise.
 */
import { Simulation } from "@tickwork/simulation"
import { prekeyReplenishment } from "./jobs/prekeyReplenishment.ts"
import { purgeExpired } from "./jobs/purgeExpired.ts"
import { NotDeliveredError, syncSend } from "./jobs/syncSend.ts"
import { messengerJobs } from "./Registry.ts"

export const played = messengerJobs.pipe(
  Simulation.withStub(syncSend, {
    takes: { from: "12 millis", to: "36 millis" },
    // one peer of three is offline at every second connection
    fails: { when: 0.12, with: new NotDeliveredError({ reasons: ["a peer is offline"] }) }
  }),
  Simulation.withStub(prekeyReplenishment, { takes: "900 millis", conditions: { "prekeys are low": 0.05 } }),
  Simulation.withStub(purgeExpired, { takes: { from: "8 millis", to: "14 millis" } })
)
