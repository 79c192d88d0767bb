/** Several processes on one store whose partitions move, while they are killed and frozen: laws 3, 4 and 6. */

import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import * as Sets from "@tickwork/test-support/Sets"
import { turn } from "@tickwork/test-support/Turn"
import { Effect, FastCheck as fc } from "effect"
import { Job, Jobs, Placement } from "tickwork"
import { type Body, Cluster, leaseMs } from "./support/Cluster.ts"
import { assertOnce, assertRecorded } from "./support/ClusterLaws.ts"

const { minute, second } = Bench

/** A slice of the partitions: each `of`th, from the `from`th on. */
interface Slice {
  readonly of: number
  readonly from: number
}

type Step =
  | { readonly do: "move"; readonly slice: Slice; readonly to: ReadonlyArray<number>; readonly isHeard: boolean }
  | { readonly do: "kill" | "freeze" | "thaw" | "open"; readonly process: number }
  | { readonly do: "trigger" | "cancel"; readonly process: number; readonly key: number }
  | { readonly do: "wait"; readonly seconds: number }

const size = 4
const process = fc.nat(size - 1)
const slice = fc.record({ of: fc.constantFrom(1, 2, 3, 5, 7, 64), from: fc.nat(63) })

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("move" as const),
      slice,
      // one process, none, or two that both believe to have them
      to: fc.uniqueArray(process, { maxLength: 2 }),
      isHeard: fc.boolean()
    })
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom("kill" as const, "freeze" as const, "thaw" as const), process })
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("open" as const), process }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom("trigger" as const, "cancel" as const), process, key: fc.nat(11) })
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("wait" as const), seconds: fc.integer({ min: 1, max: 90 }) }) }
)

const keys = Array.from({ length: 12 }, (_, n) => `peer-${n}`)

/** Serial jobs of two priorities, a parallel one, and a chain from a plain job to one for each key and back. */
const jobsOf = (body: Body) => {
  const listed = { keys: Effect.succeed(keys) }
  const urgent = Job.make("urgent", listed, body(300)).pipe(Job.every("30 seconds"), Job.priority(1))
  const idle = Job.make("idle", listed, body(200)).pipe(Job.every("30 seconds"), Job.priority(9))
  const poll = Job.make("poll", listed, body(4000)).pipe(Job.every("20 seconds"), Job.parallel)
  const list = Job.make("list", {}, body(500)).pipe(Job.every("1 minute"))
  const each = Job.make("each", listed, body(1000)).pipe(Job.after([list]), Job.parallel)
  const sum = Job.make("sum", {}, body(100)).pipe(Job.after([each]))
  return Jobs.make(urgent, idle, poll, list, each, sum)
}

/** How far the instants of the calendars are apart. */
const periodOf = { urgent: 30 * second, idle: 30 * second, poll: 20 * second, list: minute }

const partitionsOf = ({ from, of }: Slice): ReadonlyArray<number> =>
  Array.from({ length: Placement.partitions }, (_, n) => n).filter((n) => n % of === from % of)

const take = (cluster: Cluster, step: Step): void => {
  if (step.do === "wait") cluster.advance(step.seconds * second)
  else if (step.do === "move") cluster.move(partitionsOf(step.slice), step.to, step.isHeard ? undefined : [])
  else if (step.do === "trigger" || step.do === "cancel") {
    const tick = cluster.tick(step.process)
    const [job] = jobsOf(() => () => Effect.void).all.filter(({ name }) => name === "poll")
    if (tick !== undefined && job !== undefined)
      cluster.start(Effect.ignore(tick.request(step.do, job, { key: keys[step.key] ?? "" })))
  } else cluster[step.do](step.process)
}

/** Law 4: in one process no job starts while a more urgent one has been due for a while and waits for the same slot. */
const assertOrdered = (cluster: Cluster) => {
  const slack = 400
  const urgent = cluster.begun.filter(
    ({ attempt, jobName, trigger }) => jobName === "urgent" && attempt === 1 && trigger === "schedule"
  )
  for (const idle of cluster.begun) {
    if (idle.jobName !== "idle") continue
    for (const one of urgent) {
      if (one.life !== idle.life || one.startedAt <= idle.startedAt || one.scheduledAt > idle.startedAt - slack)
        continue
      const isCalm = cluster.isCalm(idle.startedAt - slack, one.startedAt)
      assert.isFalse(
        isCalm,
        `idle ${idle.key} started at ${idle.startedAt} before urgent ${one.key} of ${one.scheduledAt}`
      )
    }
  }
}

const lives = { fast: 60, full: 300 }

describe("processes whose partitions move", () => {
  it("keep laws 3, 4 and 6, however they are killed, frozen, and told wrong things", () =>
    fc.assert(
      fc.asyncProperty(fc.integer(), fc.array(step, { minLength: 4, maxLength: 24 }), async (seed, steps) => {
        await turn()
        const cluster = new Cluster(size, seed, jobsOf, { concurrency: 64 })
        for (const one of steps) {
          take(cluster, one)
          cluster.advance(50)
        }
        cluster.settle()
        cluster.advance(3 * minute)
        const log = cluster.run(cluster.store.log)
        assertOnce(cluster.begun, log)
        assertRecorded(cluster, log, periodOf, minute + 5 * second)
        assertOrdered(cluster)
        const claimed = cluster.run(cluster.store.load(["urgent", "idle"])).filter(({ claim }) => claim.owner !== null)
        assert.isAtMost(claimed.length, 2 * size, "nothing stays claimed")
      }),
      // a life takes long to play again: its seed says more than a shorter one
      { numRuns: Sets.pick(lives), seed: 20, endOnFailure: true }
    ))

  it("that die are followed by others within a lease", () => {
    const cluster = new Cluster(2, 1, jobsOf, { concurrency: 64 })
    cluster.advance(62 * second)
    const polls = cluster.begun.filter(({ by, endedAt, jobName }) => jobName === "poll" && by === 0 && endedAt === null)
    assert.isNotEmpty(polls)
    cluster.kill(0)
    cluster.move(partitionsOf({ of: 1, from: 0 }), [1])
    cluster.advance(leaseMs + 2 * second)
    for (const { key } of polls) {
      const next = cluster.begun.findLast((one) => one.jobName === "poll" && one.key === key)
      assert.deepInclude(next, { by: 1 })
    }
  })
})
