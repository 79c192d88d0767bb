/**
 * Which release runs a job while several are alive: the one with the newest definition. Pure: it reads no clock and knows
 * no store.
 *
 * @since 0.1.0
 */
import * as DurationText from "../DurationText.ts"

/**
 * What a release says of a job, as the store keeps it: its number rises in the order in which definitions were stored.
 *
 * @since 0.1.0
 * @category models
 */
export interface Definition {
  readonly id: number
  readonly jobName: string
  readonly version: number
  readonly definition: string
  /** Empty where it had no other name. */
  readonly renamedFrom: string
}

/**
 * The definitions of a process: at most one for each name.
 *
 * @since 0.1.0
 * @category models
 */
export type Release = ReadonlyMap<string, Definition>

/**
 * @since 0.1.0
 * @category constructors
 */
export const release = (definitions: Iterable<Definition>): Release =>
  new Map([...definitions].map((definition) => [definition.jobName, definition]))

/**
 * The names that a job has had in any release, itself included, by each of these names.
 *
 * @since 0.1.0
 * @category questions
 */
export const namesOf = (all: Iterable<Definition>): ReadonlyMap<string, ReadonlySet<string>> => {
  const names = new Map<string, Set<string>>()
  const of = (name: string) => names.get(name) ?? new Set([name])
  for (const { jobName, renamedFrom } of all) {
    const joined = renamedFrom === "" ? of(jobName) : new Set([...of(jobName), ...of(renamedFrom)])
    for (const name of joined) names.set(name, joined)
  }
  return names
}

/** True where both processes run the same plan: a rename alone does not change it. */
const isSame = (one: Definition, other: Definition): boolean =>
  one.jobName === other.jobName && one.version === other.version && one.definition === other.definition

/**
 * The higher version is newer; of equal ones the definition that was stored later.
 *
 * @since 0.1.0
 * @category order
 */
export const isNewer = (one: Definition, other: Definition): boolean =>
  !isSame(one, other) && (one.version === other.version ? one.id > other.id : one.version > other.version)

/**
 * The other releases' definitions of a job of this release. One that has both names has two jobs.
 *
 * @since 0.1.0
 * @category questions
 */
export const others = (
  own: Release,
  jobName: string,
  alive: ReadonlyArray<Release>,
  names: ReadonlyMap<string, ReadonlySet<string>>
): ReadonlyArray<Definition> =>
  alive.flatMap((release) => {
    const same = release.get(jobName)
    if (same !== undefined) return [same]
    return [...(names.get(jobName) ?? [])].flatMap((name) => (own.has(name) ? [] : (release.get(name) ?? [])))
  })

/**
 * The jobs of a release that it leaves to others that are alive, each with the newest definition.
 *
 * @example
 * ```ts
 * import * as Releases from "./Releases.ts"
 *
 * const of = (id: number, jobName: string, renamedFrom = "") =>
 *   ({ id, jobName, version: 1, definition: "every 1000 ms", renamedFrom })
 * const [old, renamed] = [of(1, "purge"), of(2, "clean", "purge")]
 * const left = Releases.left(Releases.release([old]), [Releases.release([renamed])], [old, renamed])
 * console.assert(left.get("purge") === renamed)
 * ```
 *
 * @since 0.1.0
 * @category questions
 */
export const left = (
  own: Release,
  alive: ReadonlyArray<Release>,
  all: Iterable<Definition>
): ReadonlyMap<string, Definition> => {
  const names = namesOf(all)
  const newest = new Map<string, Definition>()
  for (const [jobName, definition] of own) {
    let first = definition
    for (const other of others(own, jobName, alive, names)) if (isNewer(other, first)) first = other
    if (first !== definition) newest.set(jobName, first)
  }
  return newest
}

/**
 * Why this release leaves a job to another one.
 *
 * @since 0.1.0
 * @category rendering
 */
export const why = (own: Definition, newest: Definition): string => {
  if (own.jobName !== newest.jobName) return `a newer release runs it as "${newest.jobName}"`
  return own.version === newest.version
    ? `its plan is another one: ${DurationText.ofDefinition(newest.definition)}`
    : `version ${newest.version} of the job has taken over`
}
