/**
 * How many milliseconds somebody has given, whatever the form.
 *
 * It decides nothing of what will do: what is no duration is NaN, and what is negative stays so.
 *
 * @internal
 */
import { Duration, Option } from "effect"

const isCount = (part: unknown): boolean => typeof part === "number" && part >= 0

/** Effect's own decoding takes what is negative or no number for zero. */
export const of = (input: unknown): number => {
  if (typeof input === "number") return input
  if (typeof input === "bigint") return Number(input) / 1_000_000
  const isNegative = typeof input === "string" ? input.startsWith("-") : Array.isArray(input) && !input.every(isCount)
  if (isNegative) return Number.NaN
  return Option.match(Duration.decodeUnknown(input), { onNone: () => Number.NaN, onSome: Duration.toMillis })
}
