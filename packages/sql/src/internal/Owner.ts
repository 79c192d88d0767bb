/**
 * Who this process is among those that share a database, and which others have surely ended.
 *
 * It says "gone" only where it is certain: a process of this very host, in the same process namespace, whose number
 * is free or was given to another. Of any other owner it knows nothing.
 *
 * @internal
 */

import * as fs from "node:fs"
import * as os from "node:os"
import { Effect, Random, type Scope } from "effect"
import type { JobStore } from "tickwork"

const read = (name: string): string => {
  try {
    return fs.readFileSync(name, "utf8")
  } catch {
    return ""
  }
}

const namespace = (): string => {
  try {
    return fs.readlinkSync("/proc/self/ns/pid")
  } catch {
    return ""
  }
}

const boot = (): string => read("/proc/sys/kernel/random/boot_id").trim()

/** Process numbers mean the same among owners that share this text: the host, its boot and its process namespace. */
const host = (): string => [os.hostname(), boot(), namespace()].map(encodeURIComponent).join(",")

/** When a process began, in ticks since boot; empty where the system does not tell; `ended` for one not yet buried. */
const beganAt = (pid: number): string => {
  const fields = read(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, "")
    .split(" ")
  return fields[0] === "Z" || fields[0] === "X" ? "ended" : (fields[19] ?? "")
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return (cause as { readonly code?: string }).code === "EPERM"
  }
}

const living = new Set<string>()

const isGone = (owner: string): boolean => {
  const [theirHost, pidText, began] = owner.split("/")
  if (theirHost !== host()) return false
  const pid = Number(pidText)
  if (pid === process.pid && began === beganAt(pid)) return !living.has(owner)
  return !isAlive(pid) || beganAt(pid) !== began
}

/**
 * An owner for as long as its scope lives. A server is shared by hosts, and where the system names no boot two of them
 * may look the same: then nobody is known to have ended.
 */
export const make = (reach: "host" | "hosts"): Effect.Effect<JobStore.Owner, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.map(Random.nextIntBetween(0, 2 ** 48), (dice) => {
      const id = [host(), process.pid, beganAt(process.pid), `${living.size}-${dice.toString(36)}`].join("/")
      living.add(id)
      return { id, isGone: reach === "host" || boot() !== "" ? isGone : () => false }
    }),
    ({ id }) => Effect.sync(() => living.delete(id))
  )
