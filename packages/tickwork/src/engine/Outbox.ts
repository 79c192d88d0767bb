/**
 * What has to be written: states with the lines of the log that lead to them.
 *
 * An instance may change again while its last change is being written: what comes later stays. It writes nothing itself.
 *
 * @internal
 */
import type { JobRun } from "../JobRun.ts"
import type { JobState } from "../JobState.ts"
import type { Answer, ExpectedRow } from "../JobStore.ts"
import * as Instance from "./Instance.ts"

/** A new state, the lines that lead to it, the requests it is an answer to, and the calls of `once` that wait for it. */
export interface Change {
  readonly state: JobState
  readonly runs: ReadonlyArray<JobRun>
  readonly answers?: ReadonlyArray<Answer>
  readonly expected?: ExpectedRow
  readonly generation?: number
}

/** What was to be written of an instance when it was asked for. */
export interface Sent {
  readonly instance: Instance.Instance
  readonly unsaved: Instance.Unsaved
}

export class Outbox {
  readonly #changed = new Set<Instance.Instance>()

  get size(): number {
    return this.#changed.size
  }

  add(instance: Instance.Instance, { answers = [], expected, generation, runs, state }: Change): void {
    const { answers: answered, expected: first, generations, runs: earlier } = instance.unsaved ?? nothing
    instance.unsaved = {
      expected: first ?? expected ?? Instance.expectedOf(instance.state),
      runs: [...earlier, ...runs],
      answers: [...answered, ...answers],
      generations: generation === undefined ? generations : [...generations, generation]
    }
    instance.state = state
    this.#changed.add(instance)
  }

  all(): ReadonlyArray<Sent> {
    return [...this.#changed].flatMap((instance) =>
      instance.unsaved === null ? [] : [{ instance, unsaved: instance.unsaved }]
    )
  }

  /** This was written, and led to a state. */
  written({ instance, unsaved }: Sent, state: JobState): void {
    const now = instance.unsaved
    if (now === null || now === unsaved) {
      instance.unsaved = null
      this.#changed.delete(instance)
      return
    }
    instance.unsaved = {
      expected: Instance.expectedOf(state),
      runs: now.runs.slice(unsaved.runs.length),
      answers: now.answers.slice(unsaved.answers.length),
      generations: now.generations.slice(unsaved.generations.length)
    }
  }
}

const nothing = { expected: undefined, runs: [], answers: [], generations: [] }
