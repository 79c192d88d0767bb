/** The least that makes XML well formed: tags that are closed in order, attributes once each, nothing left unescaped. */

const token = /<(\/?)([A-Za-z][\w.:-]*)((?:\s+[A-Za-z_][\w.:-]*="[^"<]*")*)\s*(\/?)>|([^<]+)|(<)/g
const isText = /^(?:[^&>]|&(?:amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);)*$/
// what XML 1.0 calls characters
const forbidden = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

/** What is wrong with it, and how many elements it has. */
export const read = (text: string): { readonly faults: ReadonlyArray<string>; readonly elements: number } => {
  const faults: Array<string> = forbidden.test(text) ? ["a character that XML forbids"] : []
  const open: Array<string> = []
  let elements = 0
  for (const [whole, closing, name, attributes = "", empty, words, stray] of text.matchAll(token)) {
    if (stray !== undefined) faults.push(`a stray < before ${text.slice(0, 40)}`)
    else if (words !== undefined) {
      if (!isText.test(words)) faults.push(`not escaped: ${words}`)
    } else if (closing === "/") {
      if (open.pop() !== name) faults.push(`closed out of order: ${whole}`)
    } else {
      elements++
      const keys = [...attributes.matchAll(/([\w.:-]+)="([^"]*)"/g)]
      if (new Set(keys.map(([, key]) => key)).size < keys.length) faults.push(`an attribute twice: ${whole}`)
      if (keys.some(([, , value = ""]) => !isText.test(value) || /NaN|Infinity|undefined/.test(value))) {
        faults.push(`an attribute that will not do: ${whole}`)
      }
      if (empty !== "/") open.push(name ?? "")
    }
  }
  return { faults: open.length > 0 ? [...faults, `left open: ${open.join(" ")}`] : faults, elements }
}
