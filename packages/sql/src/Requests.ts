/**
 * The numbers of requests, which have to rise in the order in which requests come to light: a reader asks for what is
 * beyond the last one that it has seen.
 *
 * SQLite's numbers do. PostgreSQL gives a number before the commit, so one may come to light after a higher one, and
 * would be passed over: there the store gives numbers of its own, as it sees them.
 *
 * @internal
 */
import type { Control } from "tickwork"
import type { Dialect } from "./Dialect.ts"

type Asked = Control.Asked

export interface Requests {
  /** Beyond which stored number to look for what is beyond one that was told. */
  readonly from: (told: number) => number
  /** Those beyond a told number, under the numbers that they are told by. */
  readonly beyond: (told: number, stored: ReadonlyArray<Asked>) => ReadonlyArray<Asked>
  /** The numbers under which these are stored. */
  readonly stored: (told: ReadonlyArray<number>) => ReadonlyArray<number>
}

const inOrder: Requests = {
  from: (told) => told,
  beyond: (_, stored) => stored,
  stored: (told) => told
}

const asTheyComeToLight = (): Requests => {
  let byStored: ReadonlyMap<number, number> = new Map()
  let last = 0
  return {
    from: () => 0,
    beyond: (told, stored) => {
      // whatever is stored no longer is done, and comes no more
      const seen = stored.map((request) => {
        const number = byStored.get(request.id) ?? last + 1
        last = Math.max(last, number)
        return { request, number }
      })
      byStored = new Map(seen.map(({ number, request }) => [request.id, number]))
      return seen
        .filter(({ number }) => number > told)
        .sort((a, b) => a.number - b.number)
        .map(({ number, request }) => ({ ...request, id: number }))
    },
    stored: (told) => {
      const wanted = new Set(told)
      return [...byStored].flatMap(([stored, number]) => (wanted.has(number) ? [stored] : []))
    }
  }
}

export const make = ({ name }: Dialect): Requests => (name === "sqlite" ? inOrder : asTheyComeToLight())
