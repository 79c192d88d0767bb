/**
 * Changed states to write, with the log entries that lead to them; a change made during a write stays for the next.
 *
 * It writes nothing itself.
 *
 * @internal
 */

import type { JobState } from "../../JobState.ts"
import type { Ref, Save } from "../../JobStore.ts"
import * as Instance from "./Instance.ts"

/** A new state, its log entries, and the requests that it completes. */
export type Change = Omit<Save, "expected"> & Partial<Save>

/** The pending write of an instance as it was put into a batch. */
export interface Sent {
  readonly instance: Instance.Instance
  readonly unsaved: Instance.Unsaved
}

export class Outbox {
  /** Instances with a pending write. */
  #changed: Array<Instance.Instance> = []

  get size(): number {
    return this.#changed.length
  }

  add(instance: Instance.Instance, { acknowledgements = none, expected, entries, state }: Change): void {
    const earlier = instance.unsaved
    if (earlier === null) this.#changed.push(instance)
    instance.unsaved = {
      expected: earlier?.expected ?? expected ?? Instance.expectedOf(instance.state),
      entries: earlier === null ? entries : [...earlier.entries, ...entries],
      acknowledgements: earlier === null ? acknowledgements : [...earlier.acknowledgements, ...acknowledgements]
    }
    instance.state = state
  }

  has({ jobName, key }: Ref): boolean {
    return this.#changed.some(({ state }) => state.jobName === jobName && state.key === key)
  }

  all(): ReadonlyArray<Sent> {
    return this.#changed.map((instance) => ({ instance, unsaved: instance.unsaved as Instance.Unsaved }))
  }

  /** Removes what was written, which led to these states. */
  written(sent: ReadonlyArray<Sent>, states: ReadonlyArray<JobState>): void {
    for (const [index, { instance, unsaved }] of sent.entries()) {
      const now = instance.unsaved
      instance.unsaved =
        now === null || now === unsaved
          ? null
          : {
              expected: Instance.expectedOf(states[index] as JobState),
              entries: now.entries.slice(unsaved.entries.length),
              acknowledgements: now.acknowledgements.slice(unsaved.acknowledgements.length)
            }
    }
    this.#changed = this.#changed.filter(({ unsaved }) => unsaved !== null)
  }
}

const none: ReadonlyArray<never> = []
