/**
 * Text of others that no terminal takes for a command: the rule by which Tickwork shows errors.
 *
 * @internal
 */

/** Control and bidirectional characters, line separators and halves of surrogate pairs. */
const hidden = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

const byNumber = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`

/** The text in one line: line breaks are blanks, and what is hidden is shown by its number. */
export const of = (text: string): string => text.replace(/[\n\r\u2028\u2029]+/g, " ").replace(hidden, byNumber)
