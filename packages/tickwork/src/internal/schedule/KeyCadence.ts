/**
 * The cadence of one key as plain data, which may stand in a table of the application.
 *
 * It reads no clock.
 *
 * @internal
 */
import { Either, ParseResult, Predicate, Schema } from "effect"
import * as Calendar from "./Calendar.ts"

const Instant = Schema.Union(Schema.String, Schema.Number)
const bounds = {
  from: Schema.optionalWith(Instant, { exact: true }),
  until: Schema.optionalWith(Instant, { exact: true })
}

/**
 * A cadence as plain JSON: what `Job.every`, `Job.cron` and `Job.at` take, such as
 * `{ cron: "0 9 * * *", zone: "Europe/Berlin" }`, `{ every: "1 hour" }` or `{ at: "2027-01-01T09:00Z" }`. A job whose `keys`
 * list it with a key has it for that key.
 *
 * @since 0.1.0
 * @category models
 */
export const Cadence = Schema.Union(
  Schema.Struct({ every: Schema.Union(Schema.String, Schema.Number), ...bounds }),
  Schema.Struct({
    cron: Schema.String,
    zone: Schema.optionalWith(Schema.String, { exact: true }),
    gap: Schema.optionalWith(Schema.Literal("shift", "skip"), { exact: true }),
    fold: Schema.optionalWith(Schema.Literal("first", "second", "both"), { exact: true }),
    ...bounds
  }),
  Schema.Struct({ at: Instant })
)

/**
 * @since 0.1.0
 * @category models
 */
export type Cadence = typeof Cadence.Type

const decode = Schema.decodeUnknownEither(Cadence)

const cure = 'Use one such as { cron: "0 9 * * *", zone: "Europe/Berlin" }.'

/** True for what most tables hold, an expression and perhaps its zone: the schema would let it through as it is. */
const isPlainCron = (data: unknown): data is { readonly cron: string; readonly zone?: string } => {
  if (!Predicate.isRecord(data) || !("cron" in data)) return false
  for (const name in data) if ((name !== "cron" && name !== "zone") || typeof data[name] !== "string") return false
  return true
}

/** The calendar of such data, or what is wrong with it. */
export const calendarOf = (data: unknown): Either.Either<Calendar.Calendar, Calendar.Invalid> => {
  if (isPlainCron(data)) return Calendar.cron(data.cron, data)
  const cadence = decode(data)
  if (Either.isLeft(cadence)) {
    const [issue] = ParseResult.ArrayFormatter.formatErrorSync(cadence.left)
    const reason = `must be a cadence (${issue?.path.join(".") ?? ""} ${issue?.message ?? ""})`
    return Either.left({ option: "cadence", value: data, reason, cure })
  }
  const given = cadence.right
  if ("cron" in given) return Calendar.cron(given.cron, given)
  return "at" in given ? Calendar.at(given.at) : Calendar.every(given.every as "1 second", given)
}
