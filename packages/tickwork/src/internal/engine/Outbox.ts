/**
 * What has to be written: states with the lines of the log that lead to them.
 *
 * An instance may change again while its last change is being written: what comes later stays. It writes nothing itself.
 *
 * @internal
 */

import type { JobState } from "../../JobState.ts"
import type { Acknowledgement, ExpectedRow } from "../../JobStore.ts"
import type { LogEntry } from "../../LogEntry.ts"
import * as Instance from "./Instance.ts"

/** A new state, the lines that lead to it, the requests it is an answer to, and the calls of `once` that wait for it. */
export interface Change {
  readonly state: JobState
  readonly entries: ReadonlyArray<LogEntry>
  readonly acknowledgements?: ReadonlyArray<Acknowledgement>
  readonly expected?: ExpectedRow
  readonly generation?: number
}

/** What was to be written of an instance when it was asked for. */
export interface Sent {
  readonly instance: Instance.Instance
  readonly unsaved: Instance.Unsaved
}

export class Outbox {
  /** Those that have something unsaved. */
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

  /** All of this was written, and led to these states. */
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
