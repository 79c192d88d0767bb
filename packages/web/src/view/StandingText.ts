/**
 * Where a planned time stands before a backfill, in words.
 *
 * @since 0.1.0
 */
import type { Backfill } from "tickwork"

const texts: Readonly<Record<Backfill.Standing, string>> = {
  runs: "to run",
  succeeded: "succeeded",
  "under-way": "under way",
  pruned: "pruned: its log entries were deleted"
}

/** The words of a standing. */
export const of = (standing: Backfill.Standing): string => texts[standing]
