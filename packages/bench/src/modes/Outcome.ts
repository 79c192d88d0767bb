/**
 * What a mode of the benchmark gives.
 */

export interface Outcome {
  /** The table. */
  readonly text: string
  /** The same for programs. */
  readonly json: unknown
  /** What could not be measured, or does not hold where the mode is a check. */
  readonly failures: ReadonlyArray<string>
}
