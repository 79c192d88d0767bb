/**
 * Plays the jobs of an application on virtual time: the real engine, a month in seconds, the same result to the byte for
 * the same seed. `Simulation` plays and checks, `Timeline` shows what came of it and what it cost, `Difference` what
 * another registry would have done.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Simulation, Timeline } from "@tickwork/simulation"
 * import { Job, Jobs } from "tickwork"
 *
 * const sync = Job.make("sync", Effect.void).pipe(Job.every("5 minutes"))
 * const backup = Job.make("backup", Effect.void).pipe(Job.cron("30 2 * * *", "Europe/Berlin"))
 * const jobs = Simulation.withStubs(Jobs.make(sync, backup), { takes: "2 seconds" })
 *
 * Effect.runPromise(Simulation.run(jobs, { from: "2026-03-23T00:00:00Z", for: "7 days" })).then((timeline) => {
 *   console.log(Timeline.toText(timeline))
 *   console.assert(timeline.jobs[1]?.runs === 7)
 * })
 * ```
 *
 * @since 0.1.0
 */

export * as Difference from "./Difference.ts"
export * as Simulation from "./Simulation.ts"
export * as Timeline from "./Timeline.ts"
