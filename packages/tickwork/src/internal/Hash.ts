/**
 * A hash of text that is the same for ever: what is stored by it is found by every release.
 *
 * @internal
 */

/** FNV-1a over UTF-16 code units with the last steps of MurmurHash3, so that texts that differ in one digit are far apart; 32 bits. */
export const of = (text: string): number => {
  let h = 0x811c9dc5
  for (let index = 0; index < text.length; index++) h = Math.imul(h ^ text.charCodeAt(index), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
