/**
 * Names of time zones, as the IANA database has them. It reads no clock.
 *
 * @internal
 */
import { DateTime, Either, Option } from "effect"
import type { Fault } from "./CronFault.ts"

/**
 * Abbreviations that `Intl` takes and IANA does not have: each is a zone that few would expect, such as `BST`, the time of
 * Bangladesh.
 */
const abbreviations = new Set(
  "ACT AET AGT ART AST BET BST CAT CNT CST CTT EAT ECT IET IST JST MIT NET NST PLT PNT PRT PST SST VST".split(" ")
)

/** An offset from UTC: Etc/GMT-2 is two hours ahead of it. */
const ofOffset = (name: string): Fault | null => {
  const [, sign, hours, minutes = "00"] = /^(?:UTC|GMT|Z)?\s*([+-])(\d{1,2})(?::?(\d{2}))?$/i.exec(name) ?? []
  if (hours === undefined) return null
  const always =
    Number(minutes) === 0 && Number(hours) <= 12 ? `Etc/GMT${sign === "+" ? "-" : "+"}${Number(hours)}` : null
  return {
    reason: "must name a place, since an offset knows no daylight saving",
    cure: `Write one such as "Europe/Berlin"${always === null ? "" : `, or "${always}" for that offset all year`}.`
  }
}

const plain = (name: string): string => name.toLowerCase().replaceAll(/[\s_-]+/g, "_")

/** How many letters have to change to make one text of the other. */
const distance = (one: string, other: string): number => {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let j = 1; j <= other.length; j++) {
      const [above = 0, before = 0, left = 0] = [row[j], row[j - 1], next[j - 1]]
      next.push(Math.min(above + 1, left + 1, before + (one[i - 1] === other[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row.at(-1) ?? 0
}

/** A mistyped name is no further than this from the right one. */
const mostMistyped = 2

const longestName = 100

const placeOf = (zone: string): string => zone.slice(zone.lastIndexOf("/") + 1)

/** The zone that was meant: of that place, or of nearly that name. */
const meant = (name: string): string | undefined => {
  const wanted = plain(name)
  if (wanted.length <= mostMistyped * 2 || wanted.length > longestName) return undefined
  const by = (zone: string) => Math.min(distance(plain(zone), wanted), distance(plain(placeOf(zone)), wanted))
  const all = Intl.supportedValuesOf("timeZone").map((zone) => ({ zone, by: by(zone) }))
  const nearest = all.reduce((best, one) => (one.by < best.by ? one : best))
  return nearest.by <= mostMistyped ? nearest.zone : undefined
}

const unknown = (name: unknown): Fault => {
  const zone = typeof name === "string" ? meant(name) : undefined
  const cure =
    zone === undefined ? 'Write a name of the IANA database, such as "Europe/Berlin".' : `Did you mean "${zone}"?`
  return { reason: "must name a time zone", cure }
}

/** The zones of names that were read: there are some hundreds of them, and many keys may name each. */
const known = new Map<string, Either.Either<DateTime.TimeZone.Named, Fault>>()

/** The zone of a name, or what is wrong with the name. */
export const zoneOf = (name: string): Either.Either<DateTime.TimeZone.Named, Fault> => {
  const before = known.get(name)
  if (before !== undefined) return before
  const found = find(name)
  if (Either.isRight(found)) known.set(name, found)
  return found
}

const find = (name: string): Either.Either<DateTime.TimeZone.Named, Fault> => {
  const upper = String(name).toUpperCase()
  if (upper === "Z") return Either.left({ reason: "must name a time zone", cure: 'Write "UTC".' })
  if (abbreviations.has(upper) || upper.startsWith("SYSTEMV/")) {
    const reason = 'must be a full name, such as "Europe/London", and no abbreviation'
    return Either.left({ reason, cure: "Name a place in that zone." })
  }
  return Option.match(DateTime.zoneMakeNamed(name), {
    onNone: () => Either.left(ofOffset(String(name)) ?? unknown(name)),
    onSome: Either.right
  })
}
