/**
 * What a request must be before anything is read: for this host, from this page, with the token of a form. Pure but for the
 * secret of the process.
 *
 * @internal
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto"
import type { Headers } from "@effect/platform"
import { Denied } from "../Denied.ts"

/** The name in a Host header, without its port; an IPv6 address keeps its brackets. */
export const hostNameOf = (host: string): string => (/^(\[[^\]]*\]|[^:]*)(:\d+)?$/.exec(host)?.[1] ?? "").toLowerCase()

const loopback: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"])

/** A page of another host that has its name point here must not read along (DNS rebinding). */
export const hostFault = (headers: Headers.Headers, names: ReadonlyArray<string>): Denied | null => {
  const name = hostNameOf(headers.host ?? "")
  if (loopback.has(name) || names.some((one) => one.toLowerCase() === name)) return null
  return new Denied({
    reason: `Host must be localhost or a name that this page was given, got ${JSON.stringify(headers.host ?? "")}. Name it with hostNames, or with --host-name.`
  })
}

/** A request that changes something must come from a page of this host; `requiresOrigin` is false for programs. */
export const originFault = (headers: Headers.Headers, requiresOrigin = true): Denied | null => {
  const foreign = new Denied({
    reason: "The request came from a page of another origin. Open this page and use its forms."
  })
  const { host = "", origin } = headers
  const site = headers["sec-fetch-site"]
  if (site !== undefined && site !== "same-origin") return foreign
  if (origin !== undefined) return URL.canParse(origin) && new URL(origin).host === host.toLowerCase() ? null : foreign
  return site === undefined && requiresOrigin ? foreign : null
}

const hourMs = 3_600_000

/** A form is good for this long after it was made, in hours. */
const goodForHours = 12

/** The tokens of the forms of one process: another process, or this one after a restart, takes none of them. */
export const makeTokens = (secret: Buffer = randomBytes(32)) => {
  const signed = (hour: number, name: string): string =>
    `${hour}.${createHmac("sha256", secret).update(`${hour}\n${name}`).digest("base64url")}`
  return {
    /** The same within an hour, so that a form does not change while it is filled in. */
    make: (name: string, now: number): string => signed(Math.floor(now / hourMs), name),
    fault: (token: string, name: string, now: number): Denied | null => {
      const hour = Math.floor(now / hourMs)
      const made = Number(token.split(".")[0])
      const isRecent = Number.isInteger(made) && made <= hour && hour - made <= goodForHours
      if (isRecent && isEqual(token, signed(made, name))) return null
      return new Denied({
        reason:
          token === ""
            ? "The form has no token. Open this page and use its forms."
            : "The form is of an earlier page. Go back, load the page again and repeat what you did."
      })
    }
  }
}

/** In a time that does not tell where two texts differ. */
export const isEqual = (one: string, other: string): boolean => {
  const [left, right] = [one, other].map((text) => createHmac("sha256", "equal").update(text).digest())
  return left !== undefined && right !== undefined && timingSafeEqual(left, right)
}
