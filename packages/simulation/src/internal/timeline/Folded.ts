/**
 * Runs of a long log, as many as a picture tells apart.
 *
 * @internal
 */
import * as LogEntry from "tickwork/LogEntry"
import type { Entry, Span } from "./Model.ts"

/** Runs of a job that ended alike and began in the same slice are one, with their count; longer ones stay as they are. */
export class Folded {
  readonly #from: number
  readonly #sliceMs: number
  readonly #runs = new Map<string, Entry>()
  readonly #long: Array<Entry> = []

  constructor({ from, to }: Span, slices: number) {
    this.#from = from
    this.#sliceMs = (to - from) / slices
  }

  push(run: Entry): void {
    if (run.durationMs >= this.#sliceMs) {
      this.#long.push(run)
      return
    }
    const slice = Math.floor((run.startedAt - this.#from) / this.#sliceMs)
    const id = `${slice} ${run.status} ${run.verdict} ${run.jobName}`
    const other = this.#runs.get(id)
    this.#runs.set(id, other === undefined ? run : joined(other, run))
  }

  toArray(): ReadonlyArray<Entry> {
    return [...this.#runs.values(), ...this.#long]
  }
}

const joined = (one: Entry, other: Entry): Entry => {
  const [first, last] = one.startedAt <= other.startedAt ? [one, other] : [other, one]
  const durationMs = Math.max(one.durationMs, other.durationMs)
  return { ...LogEntry.entryOf(first), lastAt: last.lastAt, durationMs, count: one.count + other.count }
}
