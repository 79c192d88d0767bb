/**
 * What was found in stored data: a code, where it was found, and the facts.
 *
 * A finding is a fact; it changes nothing and decides nothing.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * An `error` is what no run of Tickwork leaves behind: something else has written, or a file is damaged. A `warning` may
 * be as it should be, and is worth a look.
 *
 * @since 0.1.0
 * @category models
 */
export const Severity = Schema.Literal("error", "warning")

/**
 * @since 0.1.0
 * @category models
 */
export type Severity = typeof Severity.Type

/**
 * How bad a finding of each code is.
 *
 * @since 0.1.0
 * @category constants
 */
export const severities = {
  "state-is-not-the-fold": "error",
  "state-contradicts-itself": "error",
  "half-a-claim": "error",
  "lines-are-missing": "error",
  "line-twice": "error",
  "line-contradicts-itself": "error",
  "lines-beyond-the-state": "error",
  "lines-without-an-instance": "error",
  "baseline-without-an-instance": "error",
  "baseline-does-not-join": "error",
  "baseline-contradicts-itself": "error",
  "value-cannot-be-read": "error",
  "table-is-missing": "error",
  "column-is-missing": "error",
  "index-is-missing": "error",
  "migration-is-missing": "error",
  "tables-are-newer": "error",
  "file-is-damaged": "error",
  "instant-in-the-future": "warning",
  "claim-of-the-gone": "warning",
  "claim-is-old": "warning",
  overdue: "warning",
  "request-waits": "warning",
  "request-for-nobody": "warning"
} as const satisfies Record<string, Severity>

/**
 * @since 0.1.0
 * @category models
 */
export type Code = keyof typeof severities

/**
 * Every code there is.
 *
 * @since 0.1.0
 * @category constants
 */
export const codes = Object.keys(severities) as ReadonlyArray<Code>

/**
 * @since 0.1.0
 * @category models
 */
export const Code: Schema.Schema<Code> = Schema.Literal(...codes)

/**
 * What was found, and where: `jobName` and `key` are `null` where it is no matter of one instance, `seq` where it is
 * none of one line. `found` holds the facts, each a JSON value; long texts are shortened.
 *
 * @since 0.1.0
 * @category models
 */
export const Finding = Schema.Struct({
  code: Code,
  severity: Severity,
  jobName: Schema.NullOr(Schema.String),
  key: Schema.NullOr(Schema.String),
  seq: Schema.NullOr(Schema.Int),
  found: Schema.Record({ key: Schema.String, value: Schema.Unknown })
})

/**
 * @since 0.1.0
 * @category models
 */
export interface Finding extends Schema.Schema.Type<typeof Finding> {}

/**
 * Where something was found.
 *
 * @since 0.1.0
 * @category models
 */
export interface Where {
  readonly jobName: string | null
  readonly key: string | null
  readonly seq?: number | null
}

/** Where no instance is meant. */
export const nowhere: Where = { jobName: null, key: null }

const longest = 200

const shorten = (text: string, atMost: number): string =>
  text.length <= atMost ? text : `${text.slice(0, atMost - 1)}…`

/** A value as it can be shown: a text is shortened, and so is whatever else is long. */
const shown = (value: unknown): unknown => {
  if (typeof value === "string") return shorten(value, longest)
  if (typeof value !== "object" || value === null) return value
  const text = JSON.stringify(value)
  return text.length <= longest ? value : shorten(text, longest)
}

/**
 * A finding of a code.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  code: Code,
  { jobName, key, seq = null }: Where,
  found: Readonly<Record<string, unknown>>
): Finding => ({
  code,
  severity: severities[code],
  jobName,
  key,
  seq,
  found: Object.fromEntries(Object.entries(found).map(([name, value]) => [name, shown(value)]))
})
