/**
 * What is still to be mended is printed by file; with TICKWORK_STRICT=true it fails the test.
 */
import { expect } from "vitest"

const isStrict = process.env.TICKWORK_STRICT === "true"

/** Expects that nothing was found; each finding opens with its file and a colon. */
export const expectNone = (what: string, found: ReadonlyArray<string>): void => {
  if (isStrict) expect(found).toEqual([])
  const files = new Map<string, number>()
  for (const one of found) {
    const [file = ""] = one.split(":")
    files.set(file, (files.get(file) ?? 0) + 1)
  }
  for (const [file, count] of files) console.warn(`${what}: ${count} in ${file}`)
}
