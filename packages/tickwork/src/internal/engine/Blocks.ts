/**
 * Tells of bodies that keep the event loop: an event for each time, and one warning until the job runs without that.
 *
 * It measures nothing itself.
 *
 * @internal
 */
import type * as Attempt from "./Attempt.ts"
import * as Notices from "./Notices.ts"

export class Blocks {
  readonly #notices: Array<Notices.Notice>
  /** The jobs that have had their warning, each with those runs that have ended since the last block. */
  readonly #warned = new Map<string, Set<Attempt.Started>>()
  readonly #blocking = new WeakSet<Attempt.Started>()

  constructor(notices: Array<Notices.Notice>) {
    this.#notices = notices
  }

  /** One of these runs has kept the event loop for this long. */
  found(runs: ReadonlyArray<Attempt.Started>, byMs: number): void {
    let isFirst = false
    for (const started of runs) {
      const { jobName } = started.run
      const others = this.#warned.get(jobName)
      // a body may have ended before its block is found
      others?.delete(started)
      isFirst ||= others === undefined || others.size > 0
      this.#warned.set(jobName, new Set())
      this.#blocking.add(started)
    }
    const jobNames = runs.map(({ run }) => run.jobName)
    this.#notices.push(Notices.blocked(jobNames, Math.floor(byMs), isFirst))
  }

  /** A run has ended: one that has not blocked ends the silence about its job. */
  ended(started: Attempt.Started): void {
    const others = this.#warned.get(started.run.jobName)
    if (others === undefined || this.#blocking.has(started)) return
    others.add(started)
    // of two, one at least is not about to be found
    if (others.size > 1) this.#warned.delete(started.run.jobName)
  }
}
