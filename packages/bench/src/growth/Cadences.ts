/**
 * What a cadence for each key costs at opening: as many expressions in 40 zones as there are keys, beside one for all.
 */

import { Effect } from "effect"
import { Job, Jobs } from "#adapter"
import * as File from "../File.ts"
import * as HandClock from "../HandClock.ts"
import * as Measure from "../Measure.ts"
import * as Growth from "./Growth.ts"

const zones = Intl.supportedValuesOf("timeZone")
  .filter((_, n) => n % 10 === 3)
  .slice(0, 40)

type OfKey = (n: number) => { readonly cron: string; readonly zone: string }

const same: OfKey = () => ({ cron: "0 9 * * *", zone: "Europe/Berlin" })

const own: OfKey = (n) => {
  const minute = Math.floor(n / zones.length)
  return { cron: `${minute % 60} ${Math.floor(minute / 60) % 24} * * *`, zone: zones[n % zones.length] ?? "UTC" }
}

const registry = (count: number, cadence: OfKey) => {
  const keys = Effect.sync(() => Array.from({ length: count }, (_, n) => ({ key: `peer ${n}`, cadence: cadence(n) })))
  return Jobs.make(Job.make("digest", { keys, refresh: "1 day" }, () => Effect.void).pipe(Job.parallel))
}

const openings = (count: number, cadence: OfKey) =>
  Effect.gen(function* () {
    const file = yield* File.make()
    const { clock } = HandClock.make(Date.parse("2027-01-01T01:00:00Z"))
    const open = Measure.spent(Effect.scoped(File.build(file, registry(count, cadence))))
    return yield* Effect.withClock(Effect.all({ fresh: open, stored: open }), clock)
  }).pipe(Effect.scoped)

const measure = (count: number) =>
  Effect.gen(function* () {
    const [one, each] = [yield* openings(count, same), yield* openings(count, own)]
    return { fresh: each.fresh.cpu / one.fresh.cpu, stored: each.stored.cpu / one.stored.cpu }
  })

export const rows = Growth.rows({
  sizes: [2500, 5000, 10_000],
  rows: {
    fresh: { what: "open n new keys with n cadences, beside one cadence", unit: "times", order: "bounded", most: 1.5 },
    stored: { what: "open n stored keys with n cadences, beside one", unit: "times", order: "bounded", most: 1.5 }
  },
  measure,
  samples: 2,
  mostSamples: 5
})
