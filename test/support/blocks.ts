/**
 * The fenced blocks of the documentation: in Markdown files and in the docstrings of sources.
 *
 * It finds them and says where they stand; it never judges what is in them.
 */

/** A fenced block. */
export interface Block {
  readonly file: string
  /** The line of its opening fence, from 1. */
  readonly line: number
  readonly language: string
  /** The words after the language on the opening fence. */
  readonly flags: ReadonlyArray<string>
  readonly code: string
}

const fence = /^\s*(`{3,})(\S*)\s*(.*)$/

/** The blocks of lines that begin at a line of a file. */
const blocksOfLines = (file: string, lines: ReadonlyArray<string>, first: number): ReadonlyArray<Block> => {
  const found: Array<Block> = []
  let open:
    | { readonly at: number; readonly ticks: string; readonly language: string; readonly info: string }
    | undefined
  for (const [index, line] of lines.entries()) {
    const [, ticks = "", language = "", info = ""] = fence.exec(line) ?? []
    if (open === undefined) {
      if (ticks !== "") open = { at: index, ticks, language, info }
    } else if (line.trim() === open.ticks) {
      const flags = open.info.split(/\s+/).filter((flag) => flag !== "")
      const code = `${lines.slice(open.at + 1, index).join("\n")}\n`
      found.push({ file, line: first + open.at, language: open.language, flags, code })
      open = undefined
    }
  }
  return found
}

/** The blocks of a Markdown file. */
export const blocksOfMarkdown = (file: string, text: string): ReadonlyArray<Block> =>
  blocksOfLines(file, text.split("\n"), 1)

/** The blocks in the docstrings of a source file. */
export const blocksOfSource = (file: string, text: string): ReadonlyArray<Block> =>
  [...text.matchAll(/^[ \t]*\/\*\*[\s\S]*?\*\//gm)].flatMap((docstring) => {
    const first = text.slice(0, docstring.index).split("\n").length
    const lines = docstring[0].split("\n").map((line) => line.replace(/^\s*(\/\*\*|\*\/|\*) ?/, ""))
    return blocksOfLines(file, lines, first)
  })
