/**
 * Names and errors as a terminal and a picture can show them, and how many columns they take.
 *
 * It lets through nothing that moves a cursor, turns the direction of a text or is no character.
 *
 * @internal
 */

const joiners = /\u200c|\u200d|\ufe0e|\ufe0f/gu
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufffe\uffff]/gu

/** Unicode's picture of a control character; a replacement character for all others. */
const pictureOf = (character: string): string => {
  const code = character.codePointAt(0) ?? 0
  return code < 0x20 ? String.fromCodePoint(0x2400 + code) : code === 0x7f ? "␡" : "�"
}

/** The text, with a picture in place of each character that cannot be shown. */
export const of = (text: string): string => text.replace(joiners, "").replace(unprintable, pictureOf)

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\uff00-\uff60\uffe0-\uffe6\u{17000}-\u{18cff}]|(?![\uff61-\uffdc])[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}]|[\ufe30-\ufe6f]|\p{Emoji_Presentation}/u
const flat = /[\p{Mn}\p{Me}]/u
const plain = /^[ -~]*$/

const columnsOf = (character: string): number => (wide.test(character) ? 2 : flat.test(character) ? 0 : 1)

/** How many columns of a terminal it takes. */
export const widthOf = (text: string): number => {
  if (plain.test(text)) return text.length
  let width = 0
  for (const character of text) width += columnsOf(character)
  return width
}

const start = (characters: ReadonlyArray<string>, width: number): ReadonlyArray<string> => {
  let left = width
  const end = characters.findIndex((character) => {
    left -= columnsOf(character)
    return left < 0
  })
  return end < 0 ? characters : characters.slice(0, end)
}

/** The text cut to a width in columns: a longer one ends in `…`. */
export const fit = (text: string, width: number): string =>
  widthOf(text) <= width ? text : `${start([...text], width - 1).join("")}…`

/** The name cut to a width in columns, with `…` in its middle, since names of a kind differ at their ends. */
export const fitName = (name: string, width: number): string => {
  if (widthOf(name) <= width) return name
  const characters = [...name]
  const head = start(characters, Math.ceil((width - 1) / 2))
  const tail = start(characters.reverse(), Math.floor((width - 1) / 2))
  return `${head.join("")}…${[...tail].reverse().join("")}`
}

export const padEnd = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - widthOf(text)))

export const padStart = (text: string, width: number): string => " ".repeat(Math.max(0, width - widthOf(text))) + text

/** Lines of a width in columns, made of parts; a part is cut only where it alone is longer. */
export const wrap = (parts: ReadonlyArray<string>, width: number, between: string): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const part of parts) {
    const last = lines.at(-1)
    const longer = last === undefined ? undefined : last + between + part
    if (longer === undefined || widthOf(longer) > width) lines.push(fit(part, width))
    else lines[lines.length - 1] = longer
  }
  return lines
}
