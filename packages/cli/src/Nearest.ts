/**
 * The names nearest to a mistyped one. Pure.
 *
 * @internal
 */
import { Order } from "effect"

/** The Levenshtein distance: how many characters are added, removed or replaced. */
export const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, left] of [...a].entries()) {
    const next = [i + 1]
    for (let j = 1; j <= b.length; j++) {
      const same = left === b[j - 1] ? 0 : 1
      next.push(Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + same))
    }
    row = next
  }
  return row[b.length] ?? 0
}

const mostNames = 3

/** At most three names that contain the text or differ in few characters, the nearest first. */
export const of = (text: string, names: ReadonlyArray<string>): ReadonlyArray<string> => {
  const wanted = text.slice(0, 200).toLowerCase()
  const scored = names.map((name) => {
    const other = name.slice(0, 200).toLowerCase()
    const contains = wanted !== "" && other.includes(wanted)
    return { name, contains, score: contains ? 0 : distance(wanted, other) }
  })
  return scored
    .filter(({ contains, score }) => contains || score <= Math.max(2, Math.floor(wanted.length / 3)))
    .sort((a, b) => a.score - b.score || Order.string(a.name, b.name))
    .slice(0, mostNames)
    .map(({ name }) => name)
}

const quoted = (names: ReadonlyArray<string>): string => names.map((name) => JSON.stringify(name)).join(", ")

/** A sentence with the nearest names, else with the first few of all; empty where there are none. */
export const hint = (text: string, names: ReadonlyArray<string>): string => {
  const near = of(text, names)
  if (near.length > 0) return ` Nearest: ${quoted(near)}.`
  const first = names.slice(0, 5)
  if (first.length === 0) return ""
  return ` There ${first.length === 1 ? "is" : "are"} ${quoted(first)}${names.length > first.length ? ", …" : ""}.`
}
