/**
 * The colours of a terminal, or none.
 *
 * @internal
 */

export type Style = "title" | "run" | "error" | "alert" | "missed" | "mark" | "faint"

/** Puts a text into a style; it takes no more columns than before. */
export type Paint = (style: Style, text: string) => string

const codes: Record<Style, string> = {
  title: "1",
  run: "34",
  error: "31",
  alert: "1;35",
  missed: "33",
  mark: "36",
  faint: "2"
}

export const plain: Paint = (_, text) => text

export const ansi: Paint = (style, text) => `\u001b[${codes[style]}m${text}\u001b[0m`
