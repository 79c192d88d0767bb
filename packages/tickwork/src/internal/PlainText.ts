/**
 * Text that every store keeps exactly, and that no terminal or page takes for a command: well-formed Unicode without
 * control characters.
 *
 * @internal
 */

/** Control and bidirectional characters, line separators and halves of surrogate pairs. */
const hidden = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u
const everyHidden = new RegExp(hidden, "gu")

export const isPlain = (text: string): boolean => !hidden.test(text)

const byNumber = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`

/**
 * The text in one line: line breaks are blanks, and what is hidden is shown by its number.
 *
 * @example
 * ```ts
 * import * as PlainText from "./PlainText.ts"
 *
 * console.assert(PlainText.of("the server\r\nsays \u001b[2J") === "the server says \\u{1b}[2J")
 * ```
 */
export const of = (text: string): string => {
  if (isPlain(text)) return text
  // a pattern with blanks on both sides of a line break takes quadratic time on a long run of blanks
  const lines = text.split(/[\n\r\u2028\u2029]+/).map((line) => line.trim())
  return lines
    .filter((line) => line !== "")
    .join(" ")
    .replace(everyHidden, byNumber)
}

/** The text with its line breaks; what else is hidden is shown by its number. */
export const linesOf = (text: string): string =>
  text
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line) => line.replace(everyHidden, byNumber))
    .join("\n")

/** A text in quotes, as messages show a wrong one. */
export const quoted = (text: string): string => JSON.stringify(text).replace(everyHidden, byNumber)

/** A value in a message is no longer than this, in UTF-16 code units. */
export const longestShown = 200

/** The text, shortened to at most `atMost` UTF-16 code units, and never in the middle of a character. */
export const shorten = (text: string, atMost: number): string =>
  text.length <= atMost ? text : `${text.slice(0, atMost - 1).replace(/[\ud800-\udbff]$/, "")}…`
