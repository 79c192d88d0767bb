/**
 * One family of rows, measured in a process of its own.
 */
import type { Effect } from "effect"
import type * as Catalog from "./Catalog.ts"
import * as Child from "./Child.ts"
import type { Programs } from "./Programs.ts"
import type { Request } from "./programs/measuring.ts"
import type * as Row from "./Row.ts"
import type { Settings } from "./Settings.ts"

/** No family takes longer than this, however busy the machine is. */
const limit = "8 minutes"

export const measure = (
  programs: Programs,
  name: Catalog.Family,
  settings: Settings
): Effect.Effect<ReadonlyArray<Row.Row>, Child.ChildError> => {
  const message: Request = { kind: "table", name, settings }
  return Child.run({ what: name, program: programs.path("measuring"), message, limit })
}
