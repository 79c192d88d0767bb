/**
 * Text that shows all its characters: text from a database must not move a cursor, turn the direction of a line or hide. Pure.
 *
 * @since 0.1.0
 */
const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }

const byNumber = (character: string): string => {
  const code = (character.codePointAt(0) ?? 0).toString(16)
  return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u{${code}}`
}

// U+FE0F stays after a pictograph: it selects the coloured form
const invisible =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?!\uFE0F)\p{Default_Ignorable_Code_Point}|(?<!\p{Extended_Pictographic})\uFE0F/gu

const mostBytes = 32

/** A value that should have been text, in the words of SQL or of JSON. */
const textOf = (value: unknown): string => {
  if (value instanceof Uint8Array) {
    const hex = Buffer.from(value.subarray(0, mostBytes)).toString("hex")
    return `x'${hex}${value.length > mostBytes ? "…" : ""}'`
  }
  try {
    return typeof value === "object" ? (JSON.stringify(value) ?? "") : String(value)
  } catch {
    return typeof value
  }
}

/**
 * Replaces control, invisible and bidirectional characters and lone surrogates by visible escapes such as `\\x1b`. Of a
 * database any value may come in the place of a text.
 */
export const of = (value: unknown): string =>
  (typeof value === "string" ? value : textOf(value)).replace(
    invisible,
    (character) => named[character] ?? byNumber(character)
  )
