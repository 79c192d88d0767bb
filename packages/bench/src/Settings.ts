/**
 * What a family is measured with.
 */

export interface Settings {
  /** `table` has the sizes of the goals; `quick` has small ones, for a check and for a turn among many. */
  readonly size: "table" | "quick"
  /** A comparison of two builds needs no floor. */
  readonly withFloor: boolean
  /** The URL of a PostgreSQL server that flushes each commit; `null` where it could not be started. */
  readonly postgres: string | null
}
