/**
 * A long list of entries as columns of numbers: a month has half a million, which as objects would cost more than the
 * simulation itself. It only grows.
 *
 * @internal
 */
import type { LogEntry } from "tickwork/LogEntry"
import type { Entry } from "./timeline/Model.ts"

/** Texts, each kept once. */
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
const width = 15

/** Entries in one piece of memory: a full piece is never copied. */
const pieceLength = 4096

export class Entries {
  readonly #texts = new Texts()
  readonly #pieces: Array<Float64Array> = []
  #length = 0

  push(run: LogEntry | Entry): void {
    const place = this.#length % pieceLength
    if (place === 0) this.#pieces.push(new Float64Array(pieceLength * width))
    const [cells, texts, at] = [this.#pieces.at(-1) as Float64Array, this.#texts, place * width]
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
    cells[at + 13] = texts.numberOf(run.verdict)
    cells[at + 14] = texts.numberOf(run.missedBecause)
    this.#length += 1
  }

  toArray(): ReadonlyArray<Entry> {
    return Array.from({ length: this.#length }, (_, index): Entry => {
      const cells = this.#pieces[Math.floor(index / pieceLength)] as Float64Array
      const at = (index % pieceLength) * width
      const numberAt = (column: number) => cells[at + column] as number
      const textAt = (column: number) => this.#texts.textOf(numberAt(column))
      return {
        jobName: textAt(0) ?? "",
        key: textAt(1) ?? "",
        seq: numberAt(2),
        status: textAt(3) as Entry["status"],
        verdict: textAt(13) as Entry["verdict"],
        missedBecause: textAt(14) as Entry["missedBecause"],
        trigger: textAt(4) as Entry["trigger"],
        attempt: numberAt(5),
        scheduledAt: numberAt(6),
        startedAt: numberAt(7),
        lastAt: numberAt(8),
        durationMs: numberAt(9),
        error: textAt(10),
        reason: textAt(11),
        count: numberAt(12)
      }
    })
  }
}
