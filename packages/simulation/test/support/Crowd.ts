/**
 * A crowd of processes and instances whose partitions move at random, while processes are killed and frozen: what has to
 * hold of it in the end.
 */

import { assert } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { turn } from "@tickwork/test-support/Turn"
import { Effect, Random } from "effect"
import { Job, Jobs, Placement } from "tickwork"
import { type Body, Cluster } from "./Cluster.ts"
import { assertOnce, assertRecorded } from "./ClusterLaws.ts"

const { minute, second } = Bench

const period = 5 * minute

export interface Options {
  readonly processes: number
  readonly instances: number
  /** How many moves, kills and freezes there are. */
  readonly faults: number
  readonly seed: number
}

/** One instance in a hundred takes a while. */
const jobsOf = (instances: number) => {
  const keys = Array.from({ length: instances }, (_, n) => `${n}`)
  return (body: Body) => {
    const [short, long] = [body(0), body(3 * second)]
    const options = { keys: Effect.succeed(keys), mostKeys: instances, refresh: "1 hour" } as const
    return Jobs.make(
      Job.make("poll", options, (run) => (run.key.endsWith("77") ? long(run) : short(run))).pipe(
        Job.every(period),
        Job.parallel
      )
    )
  }
}

/** Plays it, and holds the laws against what it leaves behind; the seed is in the message of a failure. */
export const play = async ({ faults, instances, processes, seed }: Options): Promise<void> => {
  const random = Random.make(seed)
  const below = (n: number): number => Effect.runSync(random.nextIntBetween(0, n))
  try {
    const cluster = new Cluster(processes, seed, jobsOf(instances), { concurrency: 100 })
    const move = () => {
      const [of, owners] = [64 + below(64), below(10)]
      const from = below(of)
      const partitions = Array.from({ length: Placement.partitions }, (_, n) => n).filter((n) => n % of === from)
      const to = owners === 0 ? [] : owners === 1 ? [below(processes), below(processes)] : [below(processes)]
      cluster.move(partitions, [...new Set(to)], below(4) === 0 ? [] : undefined)
    }
    const acts = [
      ...Array.from({ length: 6 }, () => move),
      () => cluster.kill(below(processes)),
      () => cluster.freeze(below(processes)),
      () => cluster.open(below(processes)),
      () => cluster.thaw(below(processes))
    ]
    for (let n = 0; n < faults; n++) {
      acts[below(acts.length)]?.()
      cluster.advance(below(2 * second))
      await turn()
    }
    cluster.settle()
    for (let passed = 0; passed < 2 * period; passed += second) {
      cluster.advance(second)
      await turn()
    }
    const log = cluster.run(cluster.store.log)
    assert.isAtLeast(cluster.begun.length, 2 * instances)
    assertOnce(cluster.begun, log)
    assertRecorded(cluster, log, { poll: period }, period + minute)
  } catch (error) {
    throw new Error(`with the seed ${seed}`, { cause: error })
  }
}
