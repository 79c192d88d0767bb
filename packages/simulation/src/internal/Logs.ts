/**
 * Logs that tell of each line as it is written, whether they keep it or not.
 *
 * @internal
 */

import type { LogEntry } from "tickwork/LogEntry"
import { type MemoryLog, makeLog } from "tickwork/testing/SimulatedEngine"

/** For a registry whose every job is played: nobody is there who could ask for a line. */
export const toldOnly = (write: (run: LogEntry) => void): MemoryLog => ({
  write,
  runs: () => [],
  written: (after) => ({ entries: [], last: after ?? 0 }),
  of: () => [],
  prune: () => {},
  forget: () => {},
  rename: () => {}
})

export const told = (tell: (run: LogEntry) => void): MemoryLog => {
  const log = makeLog()
  return {
    ...log,
    write: (run) => {
      log.write(run)
      tell(run)
    }
  }
}
