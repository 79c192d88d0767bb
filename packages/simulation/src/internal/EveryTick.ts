/**
 * The plan that a timeline is compared with: every job at every tick, one after the other, with the work of the simulated
 * runs. It steps no schedule and checks no condition.
 *
 * @internal
 */
import type { EveryTick } from "./timeline/Model.ts"

export interface Work {
  /** What each run kept the machine at work for, in ms. */
  readonly ms: ReadonlyArray<number>
  /** It has a condition, which every tick checks: it holds no more often than in the simulation. */
  readonly isConditional: boolean
}

const workAt = ({ isConditional, ms }: Work, tick: number): number =>
  (isConditional ? ms[tick] : ms[tick % ms.length]) ?? 0

/** Takes the work of each job again and again, in the order of its runs. */
export const play = (
  works: ReadonlyArray<Work>,
  { everyMs, forMs }: { readonly everyMs: number; readonly forMs: number }
): EveryTick => {
  let [runs, wakeUps, busyMs] = [0, 0, 0]
  // the machine is awake after a tick that takes longer than the interval
  let isAwake = false
  for (let passed = 0, tick = 0; passed < forMs; tick++) {
    let took = 0
    for (const work of works) {
      runs += 1
      took += workAt(work, tick)
    }
    if (!isAwake) wakeUps += 1
    isAwake = took >= everyMs
    busyMs += took
    passed += Math.max(everyMs, took)
  }
  return { everyMs, runs, wakeUps, busyMs }
}
