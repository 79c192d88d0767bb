/**
 * What a simulation is measured against: every job at every tick, one after the other, whether anything is due or not.
 *
 * It is played, tick by tick, with the work that the simulated runs did. It asks no schedule and no condition.
 *
 * @internal
 */
import type { EveryTick } from "../Timeline.ts"

/** Takes, for each job, what its runs kept the machine at work for, in ms: again and again, in their order. */
export const play = (
  works: ReadonlyArray<ReadonlyArray<number>>,
  { everyMs, forMs }: { readonly everyMs: number; readonly forMs: number }
): EveryTick => {
  let [runs, wakeUps, busyMs] = [0, 0, 0]
  // a tick that takes longer than there is between two finds the machine awake
  let isAwake = false
  for (let passed = 0, tick = 0; passed < forMs; tick++) {
    let took = 0
    for (const work of works) {
      runs += 1
      took += work.length === 0 ? 0 : (work[tick % work.length] as number)
    }
    if (!isAwake) wakeUps += 1
    isAwake = took >= everyMs
    busyMs += took
    passed += Math.max(everyMs, took)
  }
  return { everyMs, runs, wakeUps, busyMs }
}
