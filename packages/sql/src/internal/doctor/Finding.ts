/**
 * What the doctor has found in the stored data: a code, the place and the facts. A finding changes nothing.
 *
 * @since 0.1.0
 */

/**
 * An `error` is what no run of Tickwork leaves behind: another program has written to the tables, rows were lost, or the
 * file is damaged. A `warning` may be right, and is worth a check.
 *
 * @since 0.1.0
 * @category models
 */
export type Severity = "error" | "warning"

/** The severity of each code. */
export const severities = {
  "state-mismatch": "error",
  "missing-entries": "error",
  "unexpected-entries": "error",
  "orphan-rows": "error",
  "unreadable-value": "error",
  "damaged-file": "error",
  "partial-claim": "error",
  "stale-claim": "warning",
  "orphan-request": "warning",
  "invalid-cadence": "warning",
  "not-listed": "warning",
  "clock-differs": "warning",
  "zone-differs": "warning"
} as const satisfies Record<string, Severity>

/**
 * What kind of finding it is. `docs/doctor.md` says what each means and what to do.
 *
 * @since 0.1.0
 * @category models
 */
export type Code = keyof typeof severities

/**
 * Every code.
 *
 * @since 0.1.0
 * @category constants
 */
export const codes = Object.keys(severities) as ReadonlyArray<Code>

/** The instance and entry of a finding. */
export interface Location {
  readonly jobName: string | null
  readonly key: string | null
  readonly seq?: number | null
}

/**
 * What was found, and where. `jobName` and `key` are `null` where the finding is about no single instance, `seq` where it
 * is about no single log entry. `found` holds the facts, each a JSON value; long ones are shortened to 200 characters.
 * Values of memory and payload are not among them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Finding {
  readonly code: Code
  readonly severity: Severity
  readonly jobName: string | null
  readonly key: string | null
  readonly seq: number | null
  readonly found: Readonly<Record<string, unknown>>
}

const longest = 200

/** What these hold may be secret: a finding names the column alone. The state of a baseline holds both of the others. */
const secret = new Set<unknown>(["memory", "payload", "state"])

const withoutSecrets = (found: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  if (!secret.has(found.field) && !secret.has(found.column)) return found
  const { expected: _expected, reason, stored: _stored, ...rest } = found
  // the reason of a Schema ends in the value
  return reason === undefined ? rest : { ...rest, reason: String(reason).replace(/, actual .*$/s, "") }
}

const shortened = (value: unknown): unknown => {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "")
  return text.length <= longest ? value : `${text.slice(0, longest - 1)}…`
}

export const make = (
  code: Code,
  { jobName, key, seq = null }: Location,
  found: Readonly<Record<string, unknown>>
): Finding => ({
  code,
  severity: severities[code],
  jobName,
  key,
  seq,
  found: Object.fromEntries(Object.entries(withoutSecrets(found)).map(([name, value]) => [name, shortened(value)]))
})
