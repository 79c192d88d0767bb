/**
 * The keys of instances that make up for planned times of another one: its key, a mark that no listed key has, and a name.
 *
 * It knows nothing of jobs.
 *
 * @internal
 */

/** No key that an application lists or enqueues may contain it. */
export const mark = "@backfill-"

export const is = (key: string): boolean => key.includes(mark)

/** The key of an instance that makes up for planned times of the instance with this key. */
export const of = (key: string, name: string): string => `${key}${mark}${name}`

/** The key whose planned times it makes up for; every other key as it is. */
export const ordinary = (key: string): string => {
  const at = key.lastIndexOf(mark)
  return at < 0 ? key : key.slice(0, at)
}
