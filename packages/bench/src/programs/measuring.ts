/**
 * Measures one family and sends its rows to the process that has started it.
 */
import { Effect } from "effect"
import type * as Catalog from "../Catalog.ts"
import * as Families from "../Families.ts"
import type { Settings } from "../Settings.ts"

export type Request =
  | { readonly kind: "table"; readonly name: Catalog.Family; readonly settings: Settings }
  | { readonly kind: "growth"; readonly name: Catalog.Growth; readonly settings: Settings }

const request: Request = JSON.parse(process.argv[2] ?? "")

const rows: Effect.Effect<ReadonlyArray<unknown>, unknown> = request.kind === "table"
  ? Families.table[request.name](request.settings)
  : Families.growth[request.name](request.settings)

Effect.runPromise(rows).then(
  (rows) => process.send?.(rows, () => process.exit(0)),
  (error: unknown) => {
    console.error(error)
    process.exit(1)
  }
)
