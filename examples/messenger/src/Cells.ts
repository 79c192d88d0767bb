/**
 * Text in terminal cells: escaping, width and cutting. Only escaped text may be measured or printed.
 */

const wide =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}]|\p{Emoji_Presentation}/u

const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }

const byNumber = (character: string): string => {
  const code = (character.codePointAt(0) ?? 0).toString(16)
  return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u{${code}}`
}

/** Replaces control and invisible characters and lone surrogates by visible escapes such as `\\x1b`. */
export const escape = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => named[character] ?? byNumber(character))

const widthOf = (character: string): number => (/\p{M}/u.test(character) ? 0 : wide.test(character) ? 2 : 1)

/** The width of escaped text in cells. */
export const width = (text: string): number => [...text].reduce((sum, character) => sum + widthOf(character), 0)

/** Shortens text to at most `cells`; shortened text ends in `…`. */
export const cut = (text: string, cells: number): string => {
  if (width(text) <= cells) return text
  let used = 1
  let kept = ""
  for (const character of text) {
    used += widthOf(character)
    if (used > cells) break
    kept += character
  }
  return cells < 1 ? "" : `${kept}…`
}

/** Cuts or pads text to exactly `cells`. */
export const fit = (text: string, cells: number, align: "left" | "right"): string => {
  const shown = cut(text, cells)
  const rest = " ".repeat(Math.max(0, cells - width(shown)))
  return align === "left" ? shown + rest : rest + shown
}
