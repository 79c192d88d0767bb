/**
 * How far running bodies are, as they say: stored at most once a second, beside all other writes.
 *
 * It makes no store call and reads no clock.
 *
 * @internal
 */
import type { Progressed } from "../../JobStore.ts"
import type { Progress } from "../../Run.ts"
import type * as Attempt from "./Attempt.ts"
import { progressMs } from "./Tuning.ts"

const never = Number.POSITIVE_INFINITY

export class ProgressNotes {
  /** What is not stored yet. */
  readonly #unsaved = new Map<Attempt.Started, Progress>()
  #takenAt = Number.NEGATIVE_INFINITY
  #isWriting = false

  /** When there is something to store. */
  get nextAt(): number {
    return this.#unsaved.size === 0 || this.#isWriting ? never : this.#takenAt + progressMs
  }

  /** Notes how far a body is. True where nothing was noted before. */
  note(started: Attempt.Started, progress: Progress): boolean {
    const isFirst = this.#unsaved.size === 0
    this.#unsaved.set(started, progress)
    return isFirst
  }

  /** Takes what is to be stored now, of bodies that still run; the states in memory have it from now on. */
  take(isRunning: (started: Attempt.Started) => boolean, now: number): ReadonlyArray<Progressed> {
    // the clock may have been set back since
    if (this.nextAt === never || Math.abs(now - this.#takenAt) < progressMs) return []
    const running = [...this.#unsaved].filter(([started]) => isRunning(started))
    this.#unsaved.clear()
    this.#takenAt = now
    const told = running.flatMap(([{ instance, token }, progress]) => {
      const { claim, jobName, key } = instance.state
      instance.state = { ...instance.state, claim: { ...claim, progress } }
      // the transaction of the body has locked its row
      if (instance.registered.job.isTransactional) return []
      return [{ jobName, key, owner: claim.owner, token, progress }]
    })
    this.#isWriting = told.length > 0
    return told
  }

  /** What was taken is stored, or was given up. */
  written(): void {
    this.#isWriting = false
  }
}
