/**
 * A built checkout of the repository: this one, or another to compare it with. It builds nothing.
 */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { Data, Effect } from "effect"

export interface Checkout {
  readonly folder: string
  /** The start of its commit's hash, with a plus where files differ from it. */
  readonly commit: string
  /** The file of the API that its packages have. */
  readonly adapter: "Current" | "Commit5cab423"
}

export class CheckoutError extends Data.TaggedError("CheckoutError")<{
  readonly folder: string
  readonly reason: string
}> {
  override get message() {
    return `${this.folder} cannot be measured: ${this.reason}.`
  }
}

const git = (folder: string, ...args: ReadonlyArray<string>): string => {
  try {
    return execFileSync("git", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim()
  } catch {
    return ""
  }
}

const commitOf = (folder: string): string => {
  const commit = git(folder, "rev-parse", "--short=7", "HEAD")
  const isChanged = git(folder, "status", "--porcelain", "--untracked-files=no") !== ""
  return commit === "" ? "no commit" : `${commit}${isChanged ? "+" : ""}`
}

/** The simulation became a package of its own after commit 5cab423, with the other changes of the API. */
const adapterOf = (folder: string): Checkout["adapter"] =>
  fs.existsSync(path.join(folder, "packages/simulation/package.json")) ? "Current" : "Commit5cab423"

export const open = (folder: string): Effect.Effect<Checkout, CheckoutError> =>
  Effect.suspend(() => {
    const absolute = path.resolve(folder)
    const missing = ["tickwork", "sql"].find(
      (name) => !fs.existsSync(path.join(absolute, "packages", name, "dist/index.js"))
    )
    return missing === undefined
      ? Effect.succeed({ folder: absolute, commit: commitOf(absolute), adapter: adapterOf(absolute) })
      : new CheckoutError({
          folder: absolute,
          reason: `packages/${missing}/dist is missing; run npm ci and npm run build there`
        })
  })

/** The checkout that this file is in. */
export const here: Effect.Effect<Checkout, CheckoutError> = open(fileURLToPath(new URL("../../..", import.meta.url)))
