/**
 * Sends pings to an address: tried again a few times, with a warning when the monitor falls silent and when it answers again.
 *
 * It never fails, and never shows the address.
 *
 * @internal
 */
import { HttpClient, HttpClientRequest } from "@effect/platform"
import { Effect, Redacted, Schedule } from "effect"
import type { Ping } from "./Pings.ts"

/** A monitor has this long to answer. */
const longest = "10 seconds"

/** Two more attempts, after 1 and 2 seconds. */
const again = Schedule.intersect(Schedule.exponential("1 second"), Schedule.recurs(2))

/** A text longer than this is cut. */
const longestText = 2000

/** An id in the form of a UUID, always the same for the same run. */
const uuidOf = (run: string) =>
  Effect.map(
    Effect.promise(() => crypto.subtle.digest("SHA-256", new TextEncoder().encode(run))),
    (digest) => {
      const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("")
      const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`]
      return [...parts, hex.slice(20, 32)].join("-")
    }
  )

const pathOf = { start: "/start", success: "", fail: "/fail", log: "/log" } as const

const requestOf = (base: string, { kind, run, text }: Ping) =>
  Effect.gen(function* () {
    const url = new URL(base)
    url.pathname = `${url.pathname.replace(/\/+$/, "")}${pathOf[kind]}`
    if (run !== null) url.searchParams.set("rid", yield* uuidOf(run))
    return HttpClientRequest.bodyText(HttpClientRequest.post(url), text.slice(0, longestText))
  })

/** The kind of an error, without the address that its message has. */
const reasonOf = (error: unknown): string => {
  if (typeof error !== "object" || error === null) return "unknown"
  if ("response" in error) return `it answered ${(error.response as { readonly status: number }).status}`
  const tag = "_tag" in error ? String(error._tag) : "unknown"
  return tag === "TimeoutException"
    ? `it did not answer within ${longest}`
    : tag === "RequestError"
      ? "it cannot be reached"
      : tag
}

/** A function that sends a ping, and is done when it was answered or given up. */
export const make = (
  name: string,
  url: Redacted.Redacted
): Effect.Effect<(ping: Ping) => Effect.Effect<void>, never, HttpClient.HttpClient> =>
  Effect.map(HttpClient.HttpClient, (client) => {
    const sent = client.pipe(HttpClient.filterStatusOk, HttpClient.withTracerPropagation(false))
    let isSilent = false
    return (ping) =>
      requestOf(Redacted.value(url), ping).pipe(
        Effect.flatMap((request) => Effect.retry(Effect.timeout(sent.execute(request), longest), again)),
        Effect.withTracerEnabled(false),
        Effect.matchCauseEffect({
          onSuccess: () => {
            const wasSilent = isSilent
            isSilent = false
            return wasSilent ? Effect.logInfo(`The monitor of ${name} hears heartbeats again`) : Effect.void
          },
          onFailure: (cause) => {
            const wasSilent = isSilent
            isSilent = true
            const failure = cause._tag === "Fail" ? cause.error : cause
            return wasSilent
              ? Effect.void
              : Effect.logWarning(`The monitor of ${name} hears no heartbeat: ${reasonOf(failure)}`)
          }
        })
      )
  })
