/**
 * Identifies this process among those that share a database, and tells which others have ended. It reports an owner as
 * gone only where that is certain: a process of this host and process namespace whose number is free or reused.
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

/** When a process began, in ticks since boot; empty where the system does not say; `ended` for a zombie. */
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
 * An owner until its scope closes. Where the system names no boot, two hosts that share a server may have the same text:
 * then no process counts as ended.
 */
export const make = (reach: "host" | "hosts"): Effect.Effect<JobStore.Owner, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.map(Random.nextIntBetween(0, 2 ** 48), (random) => {
      const id = [host(), process.pid, beganAt(process.pid), `${living.size}-${random.toString(36)}`].join("/")
      living.add(id)
      return { id, isGone: reach === "host" || boot() !== "" ? isGone : () => false }
    }),
    ({ id }) => Effect.sync(() => living.delete(id))
  )
