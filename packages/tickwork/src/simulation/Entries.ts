/**
 * A long list of entries, kept as columns of numbers: a month has half a million, and as objects they would cost more
 * than the simulation itself.
 *
 * It only grows. The objects are made when somebody asks for them.
 *
 * @internal
 */
import type { JobRun } from "../JobRun.ts"
import type { Entry } from "../Timeline.ts"

/** Texts, each held once. */
class Texts {
  readonly #numbers = new Map<string | null, number>()
  readonly #texts: Array<string | null> = []

  numberOf(text: string | null): number {
    const known = this.#numbers.get(text)
    if (known !== undefined) return known
    this.#numbers.set(text, this.#texts.length)
    return this.#texts.push(text) - 1
  }

  textOf(number: number): string | null {
    return this.#texts[number] ?? null
  }
}

/** How many numbers an entry is. */
const width = 13

const firstLength = 1024 * width

export class Entries {
  readonly #texts = new Texts()
  #cells = new Float64Array(firstLength)
  #length = 0

  push(run: JobRun | Entry): void {
    if (this.#length + width > this.#cells.length) {
      const cells = new Float64Array(2 * this.#cells.length)
      cells.set(this.#cells)
      this.#cells = cells
    }
    const [cells, texts, at] = [this.#cells, this.#texts, this.#length]
    cells[at] = texts.numberOf(run.jobName)
    cells[at + 1] = texts.numberOf(run.key)
    cells[at + 2] = run.seq
    cells[at + 3] = texts.numberOf(run.status)
    cells[at + 4] = texts.numberOf(run.trigger)
    cells[at + 5] = run.attempt
    cells[at + 6] = run.scheduledAt
    cells[at + 7] = run.startedAt
    cells[at + 8] = run.lastAt
    cells[at + 9] = run.durationMs
    cells[at + 10] = texts.numberOf(run.error)
    cells[at + 11] = texts.numberOf(run.reason)
    cells[at + 12] = run.count
    this.#length += width
  }

  toArray(): ReadonlyArray<Entry> {
    const { numberAt, textAt } = this.#reading()
    return Array.from({ length: this.#length / width }, (_, index): Entry => {
      const at = index * width
      return {
        jobName: textAt(at) ?? "",
        key: textAt(at + 1) ?? "",
        seq: numberAt(at + 2),
        status: textAt(at + 3) as Entry["status"],
        trigger: textAt(at + 4) as Entry["trigger"],
        attempt: numberAt(at + 5),
        scheduledAt: numberAt(at + 6),
        startedAt: numberAt(at + 7),
        lastAt: numberAt(at + 8),
        durationMs: numberAt(at + 9),
        error: textAt(at + 10),
        reason: textAt(at + 11),
        count: numberAt(at + 12)
      }
    })
  }

  #reading() {
    const numberAt = (at: number): number => this.#cells[at] ?? 0
    return { numberAt, textAt: (at: number) => this.#texts.textOf(numberAt(at)) }
  }
}
