/**
 * What is told of a property that does not hold: the smallest case that was found.
 *
 * @internal
 */
import { DateTime, Duration, Schema } from "effect"

/**
 * A timeline was not as a property says: with these jobs, this span and this seed, and these faults. Nothing smaller was
 * found that fails, too.
 *
 * @since 0.1.0
 * @category errors
 */
export class PropertyFailedError extends Schema.TaggedError<PropertyFailedError>("tickwork/PropertyFailedError")(
  "PropertyFailedError",
  {
    /** What the property threw, in one text. */
    reason: Schema.String,
    jobs: Schema.Array(Schema.String),
    /** In ms since the epoch. */
    from: Schema.Int,
    forMs: Schema.Int,
    seed: Schema.Int,
    /** Each in a few words. */
    faults: Schema.Array(Schema.String),
    /** How often the registry was played. */
    plays: Schema.Int
  }
) {
  override get message() {
    const from = DateTime.formatIso(DateTime.unsafeMake(this.from))
    const lines = [
      `The property does not hold: ${this.reason}`,
      `The smallest case found in ${this.plays} plays:`,
      `  jobs    ${this.jobs.join(", ")}`,
      `  span    { from: "${from}", for: "${this.forMs} millis" }, ${Duration.format(Duration.millis(this.forMs))}`,
      `  seed    ${this.seed}`,
      ...(this.faults.length === 0 ? [] : [`  faults  ${this.faults.join("; ")}`])
    ]
    return lines.join("\n")
  }
}
