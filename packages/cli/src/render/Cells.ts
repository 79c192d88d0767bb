/**
 * Text in terminal cells: escaping, width, cutting, padding and wrapping.
 *
 * Only escaped text may be measured or printed: text from a database must not move the cursor, reorder text or hide.
 *
 * @internal
 */
import { Visible } from "@tickwork/web/view"
import stringWidth from "string-width"

/** The text with every control, invisible and bidirectional character shown by number. */
export const escape = Visible.of

const escapeCode = 0x1b

/** Escapes a line that has been painted; only its colours are left. */
export const escapePainted = (line: string): string =>
  line
    .split(/(\p{Cc}\[[\d;]*m)/u)
    .map((part, index) => (index % 2 === 1 && part.codePointAt(0) === escapeCode ? part : escape(part)))
    .join("")

/** The width in terminal cells. */
export const width = (text: string): number => stringWidth(text)

const segmenter = new Intl.Segmenter()
const plain = /^[ -~]*$/

/** Grapheme clusters: text is never cut inside one. */
const characters = (text: string): ReadonlyArray<string> =>
  plain.test(text) ? [...text] : [...segmenter.segment(text)].map(({ segment }) => segment)

const start = (all: ReadonlyArray<string>, cells: number): ReadonlyArray<string> => {
  let left = cells
  const end = all.findIndex((character) => {
    left -= width(character)
    return left < 0
  })
  return end < 0 ? all : all.slice(0, end)
}

/** Shortens text to at most `cells`; shortened text ends in `…`. */
export const cut = (text: string, cells: number): string => {
  if (width(text) <= cells) return text
  return cells < 1 ? "" : `${start(characters(text), cells - 1).join("")}…`
}

/** Shortens a name to at most `cells` with `…` in the middle, since related names differ at their ends. */
export const cutName = (name: string, cells: number): string => {
  if (width(name) <= cells) return name
  if (cells < 1) return ""
  const all = characters(name)
  const head = start(all, Math.ceil((cells - 1) / 2))
  const tail = start([...all].reverse(), Math.floor((cells - 1) / 2))
  return `${head.join("")}…${[...tail].reverse().join("")}`
}

/** Pads text with spaces to at least `cells`. */
export const pad = (text: string, cells: number, align: "left" | "right"): string => {
  const rest = " ".repeat(Math.max(0, Math.min(cells, 1000) - width(text)))
  return align === "left" ? text + rest : rest + text
}

/** Breaks text into lines of at most `cells`, between words where possible; a longer word is broken, too. */
export const wrap = (text: string, cells: number): ReadonlyArray<string> => {
  if (width(text) <= cells) return [text]
  const most = Math.max(1, cells)
  const lines: Array<string> = []
  let line = ""
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`
    if (width(longer) <= most) {
      line = longer
      continue
    }
    if (line !== "") lines.push(line)
    let rest = characters(word)
    for (let piece = start(rest, most); piece.length > 0 && piece.length < rest.length; piece = start(rest, most)) {
      lines.push(piece.join(""))
      rest = rest.slice(piece.length)
    }
    line = rest.join("")
  }
  return line === "" ? lines : [...lines, line]
}
