/**
 * Logs that tell of each line as it is written, whether they keep it or not.
 *
 * @internal
 */

import type { MemoryLog } from "../engine/MemoryLog.ts"
import * as MemoryLogs from "../engine/MemoryLog.ts"
import type { JobRun } from "../JobRun.ts"

/** For a registry whose every job is played: nobody is there who could ask for a line. */
export const toldOnly = (write: (run: JobRun) => void): MemoryLog => ({
  write,
  runs: () => [],
  written: (after) => ({ lines: [], last: after ?? 0 }),
  of: () => [],
  prune: () => {},
  forget: () => {},
  rename: () => {}
})

export const told = (tell: (run: JobRun) => void): MemoryLog => {
  const log = MemoryLogs.make()
  return {
    ...log,
    write: (run) => {
      log.write(run)
      tell(run)
    }
  }
}
