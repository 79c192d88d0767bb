/**
 * The partition of a key: what is stored by it is found by every release.
 *
 * @internal
 */
import * as Hash from "./Hash.ts"

/** How many partitions there are. */
export const count = 1024

/** The partition of a key; the empty key, that of a job without keys, is in the first one. */
export const of = (key: string): number => (key === "" ? 0 : Hash.of(key) % count)

/** Whether the key of an instance is in one of these partitions; in any without them. */
export const isAmong = (partitions?: ReadonlyArray<number>): ((ref: { readonly key: string }) => boolean) => {
  if (partitions === undefined) return () => true
  const wanted = new Set(partitions)
  return ({ key }) => wanted.has(of(key))
}
