/**
 * Text in the cells of a terminal: what it shows, how wide it is, and how it is made to fit.
 *
 * Nothing that comes from a database can move the cursor, turn the text around or hide: such characters are shown by
 * number. Widths are those of text that has been escaped.
 *
 * @internal
 */
import stringWidth from "string-width"

const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }

const byNumber = (character: string): string => {
  const code = (character.codePointAt(0) ?? 0).toString(16)
  return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u{${code}}`
}

// the one invisible character that is of use makes a picture of the character before it
const unseen =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?!\uFE0F)\p{Default_Ignorable_Code_Point}|(?<!\p{Extended_Pictographic})\uFE0F/gu

/** Control characters, invisible ones, those that turn text around and broken halves of a pair become visible. */
export const escape = (text: string): string =>
  text.replace(unseen, (character) => named[character] ?? byNumber(character))

/** How many cells it takes. */
export const width = (text: string): number => stringWidth(text)

const segmenter = new Intl.Segmenter()
const plain = /^[ -~]*$/

/** What people take for characters: none of them is ever cut in two. */
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

/** At most so many cells: a longer text ends in `…`. */
export const cut = (text: string, cells: number): string => {
  if (width(text) <= cells) return text
  return cells < 1 ? "" : `${start(characters(text), cells - 1).join("")}…`
}

/** At most so many cells: a longer name has `…` in its middle, since names of a kind differ at their ends. */
export const cutName = (name: string, cells: number): string => {
  if (width(name) <= cells) return name
  if (cells < 1) return ""
  const all = characters(name)
  const head = start(all, Math.ceil((cells - 1) / 2))
  const tail = start([...all].reverse(), Math.floor((cells - 1) / 2))
  return `${head.join("")}…${[...tail].reverse().join("")}`
}

/** At least `cells` wide. */
export const pad = (text: string, cells: number, align: "left" | "right"): string => {
  const rest = " ".repeat(Math.max(0, Math.min(cells, 1000) - width(text)))
  return align === "left" ? text + rest : rest + text
}

/** Lines of at most so many cells, broken between words; a word that is longer than a line is broken, too. */
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
