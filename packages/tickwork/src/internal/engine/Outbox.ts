/**
 * Changed states to write, with the log entries that lead to them; a change made during a write stays for the next.
 *
 * It writes nothing itself.
 *
 * @internal
 */

import type { JobState } from "../../JobState.ts"
import type { Acknowledgement, ExpectedRow } from "../../JobStore.ts"
import type { LogEntry } from "../../LogEntry.ts"
import * as Instance from "./Instance.ts"

/** A new state, its log entries, the requests that it completes, and the call of `once` that waits for it. */
export interface Change {
  readonly state: JobState
  readonly entries: ReadonlyArray<LogEntry>
  readonly acknowledgements?: ReadonlyArray<Acknowledgement>
  readonly expected?: ExpectedRow
  readonly generation?: number
}

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

  add(instance: Instance.Instance, { acknowledgements = none, expected, generation, entries, state }: Change): void {
    const earlier = instance.unsaved
    const generations = generation === undefined ? none : [generation]
    if (earlier === null) {
      instance.unsaved = {
        expected: expected ?? Instance.expectedOf(instance.state),
        entries,
        acknowledgements,
        generations
      }
      this.#changed.push(instance)
    } else {
      instance.unsaved = {
        expected: earlier.expected,
        entries: [...earlier.entries, ...entries],
        acknowledgements: [...earlier.acknowledgements, ...acknowledgements],
        generations: [...earlier.generations, ...generations]
      }
    }
    instance.state = state
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
              acknowledgements: now.acknowledgements.slice(unsaved.acknowledgements.length),
              generations: now.generations.slice(unsaved.generations.length)
            }
    }
    this.#changed = this.#changed.filter(({ unsaved }) => unsaved !== null)
  }
}

const none: ReadonlyArray<never> = []
