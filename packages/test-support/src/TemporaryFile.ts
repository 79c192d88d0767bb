/**
 * A name for a SQLite file in a temporary folder, which is removed with its scope. It never makes the file.
 */

import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { Effect, type Scope } from "effect"

export const folder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "tickwork-"))),
  (name) => Effect.sync(() => fs.rmSync(name, { recursive: true, force: true }))
)

export const make: Effect.Effect<string, never, Scope.Scope> = Effect.map(folder, (name) => path.join(name, "app.db"))
