/**
 * Converts a duration input of any form to milliseconds.
 *
 * It checks no range: an invalid duration is NaN, and a negative number stays negative.
 *
 * @internal
 */
import { Duration, Option } from "effect"

const isCount = (part: unknown): boolean => typeof part === "number" && part >= 0

/** Own checks, since Effect decodes a negative number and NaN as zero. */
export const of = (input: unknown): number => {
  if (typeof input === "number") return input
  if (typeof input === "bigint") return Number(input) / 1_000_000
  const isNegative = typeof input === "string" ? input.startsWith("-") : Array.isArray(input) && !input.every(isCount)
  if (isNegative) return Number.NaN
  return Option.match(Duration.decodeUnknown(input), { onNone: () => Number.NaN, onSome: Duration.toMillis })
}
