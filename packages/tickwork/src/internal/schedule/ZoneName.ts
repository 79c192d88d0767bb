/**
 * Names of time zones, as the IANA database has them. It reads no clock.
 *
 * @internal
 */
import { DateTime, Either, Option } from "effect"

/**
 * Abbreviations that `Intl` takes and IANA does not have: each is a zone that few would expect, such as `BST`, the time of
 * Bangladesh.
 */
const abbreviations = new Set(
  "ACT AET AGT ART AST BET BST CAT CNT CST CTT EAT ECT IET IST JST MIT NET NST PLT PNT PRT PST SST VST".split(" ")
)

/** The zone of a name, or what the name must be. */
export const zoneOf = (name: string): Either.Either<DateTime.TimeZone.Named, string> => {
  const upper = String(name).toUpperCase()
  if (abbreviations.has(upper) || upper.startsWith("SYSTEMV/"))
    return Either.left('must be a full name, such as "Europe/London", and no abbreviation')
  return Option.match(DateTime.zoneMakeNamed(name), {
    onNone: () => Either.left("must name a time zone"),
    onSome: Either.right
  })
}
