/**
 * The error of a property that does not hold.
 *
 * @internal
 */
import { DateTime, Duration, Schema } from "effect"

/**
 * A property does not hold for a timeline: the smallest case that was found, by its jobs, span, seed and faults.
 *
 * @since 0.1.0
 * @category errors
 */
export class PropertyFailedError extends Schema.TaggedError<PropertyFailedError>("tickwork/PropertyFailedError")(
  "PropertyFailedError",
  {
    /** What the property threw, as text. */
    reason: Schema.String,
    jobs: Schema.Array(Schema.String),
    /** The beginning of the span, in ms since the epoch. */
    from: Schema.Int,
    forMs: Schema.Int,
    seed: Schema.Int,
    /** Each fault in a few words. */
    faults: Schema.Array(Schema.String),
    /** How often the registry was played. */
    plays: Schema.Int
  }
) {
  override get message() {
    const from = DateTime.formatIso(DateTime.unsafeMake(this.from))
    const lines = [
      `The property must hold, got: ${this.reason}`,
      `Play the smallest case of ${this.plays} plays again:`,
      `  jobs    ${this.jobs.join(", ")}`,
      `  span    { from: "${from}", for: "${this.forMs} millis" }, ${Duration.format(Duration.millis(this.forMs))}`,
      `  seed    ${this.seed}`,
      ...(this.faults.length === 0 ? [] : [`  faults  ${this.faults.join("; ")}`])
    ]
    return lines.join("\n")
  }
}
