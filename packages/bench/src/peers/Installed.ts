/**
 * Other schedulers, installed where they are wanted: pinned by the lock files of `packages/bench/peers`, into the cache of
 * this checkout, since no workspace depends on them.
 */
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { Data, Effect } from "effect"

export class InstallError extends Data.TaggedError("InstallError")<{ readonly what: string; readonly reason: string }> {
  override get message() {
    return `${this.what} cannot be had: ${this.reason}`
  }
}

const sources = fileURLToPath(new URL("../../peers", import.meta.url))
const cache = fileURLToPath(new URL("../../../../.cache/bench-peers", import.meta.url))
const files = ["package.json", "package-lock.json"]
/** What is there once npm has ended well. */
const mark = "installed"

const npm = (what: string, folder: string, args: ReadonlyArray<string>) =>
  Effect.async<void, InstallError>((resume) => {
    const child = execFile("npm", [...args, "--no-audit", "--no-fund"], { cwd: folder }, (error, _, errors) =>
      resume(
        error === null
          ? Effect.void
          : new InstallError({ what, reason: `npm ${args[0]} failed in ${folder}\n${errors.slice(-1000)}` })
      )
    )
    child.stdin?.end()
  }).pipe(
    Effect.zipRight(Effect.sync(() => fs.writeFileSync(path.join(folder, mark), ""))),
    Effect.timeoutFail({
      duration: "15 minutes",
      onTimeout: () => new InstallError({ what, reason: "npm took longer than 15 minutes" })
    })
  )

const isSame = (one: string, other: string): boolean =>
  fs.existsSync(one) && fs.existsSync(other) && fs.readFileSync(one).equals(fs.readFileSync(other))

/** The folder of a set of packages, in which Node finds them. */
export const set = (name: string): Effect.Effect<string, InstallError> =>
  Effect.suspend(() => {
    const [from, to] = [path.join(sources, name), path.join(cache, name)]
    const isThere = files.every((file) => isSame(path.join(from, file), path.join(to, file)))
    if (isThere && fs.existsSync(path.join(to, mark))) return Effect.succeed(to)
    fs.rmSync(to, { recursive: true, force: true })
    fs.mkdirSync(to, { recursive: true })
    for (const file of files) fs.copyFileSync(path.join(from, file), path.join(to, file))
    return Effect.as(npm(name, to, ["ci"]), to)
  })

const newerNode = "24.21.0"

const isAtLeast = (least: ReadonlyArray<number>): boolean => {
  const own = process.versions.node.split(".").map(Number)
  const different = least.findIndex((part, at) => part !== own[at])
  return different === -1 || (own[different] ?? 0) > (least[different] ?? 0)
}

/** A Node of at least 22.18: this one, or one that is installed beside the peers. */
export const node: Effect.Effect<string, InstallError> = Effect.suspend(() => {
  if (isAtLeast([22, 18, 0])) return Effect.succeed(process.execPath)
  const name = `node-${process.platform}-${process.arch}`
  const folder = path.join(cache, "node")
  const file = path.join(folder, "node_modules", name, "bin/node")
  if (fs.existsSync(file) && fs.existsSync(path.join(folder, mark))) return Effect.succeed(file)
  fs.mkdirSync(folder, { recursive: true })
  fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify({ private: true }))
  return npm("a newer Node", folder, ["install", "--no-package-lock", "--save-exact", `${name}@${newerNode}`]).pipe(
    Effect.as(file),
    Effect.filterOrFail(
      () => fs.existsSync(file),
      () => new InstallError({ what: "a newer Node", reason: `there is no ${file}; run the benchmark with Node 22.18` })
    )
  )
})
