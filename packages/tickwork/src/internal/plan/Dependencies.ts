/**
 * Checks whether the dependencies of an instance are met.
 *
 * Pure: it waits for nothing and starts nothing.
 *
 * @since 0.1.0
 */
import { Array as Arr, Graph, Option } from "effect"
import type { JobState } from "../../JobState.ts"
import type { Definition, Dependency } from "../Definition.ts"

/**
 * The parts of an instance that dependencies read.
 *
 * @since 0.1.0
 * @category models
 */
export interface Party {
  readonly registered: { readonly job: Pick<Definition<unknown>, "after" | "cadence" | "keys"> }
  readonly state: JobState
  /** When its key left the list; `null` or absent while the key is listed. */
  readonly inactiveSince?: number | null
  /** When another process's change of it was heard of here, in ms since the epoch. */
  readonly heardAt?: number
}

/**
 * Finds the instances of other jobs.
 *
 * @since 0.1.0
 * @category models
 */
export interface Others<P extends Party = Party> {
  readonly find: (ref: { readonly jobName: string; readonly key: string }) => P | undefined
  /** Those of a job that have a key. */
  readonly keyed: (jobName: string) => ReadonlyMap<string, P>
  readonly isKeyed: (jobName: string) => boolean
}

/**
 * The unmet dependencies of an instance, and when they were met, in ms since the epoch: minus infinity where it has no
 * dependencies, `null` where some are unmet, and where it has no cadence and has run after all that they did.
 *
 * @since 0.1.0
 * @category models
 */
export interface Standing<P extends Party = Party> {
  readonly metAt: number | null
  readonly unmet: ReadonlyArray<P>
  /** Jobs without an instance that could end. */
  readonly absent: ReadonlyArray<string>
}

/**
 * Which instances are over, as found so far in one question: without it, a graph is walked once for each of its paths.
 *
 * @since 0.1.0
 * @category models
 */
export type Known = Map<Party, boolean>

/** A dependency that is met: since when, and whether by an end that the dependent has not run after yet. */
interface Met {
  readonly at: number
  readonly isNew: boolean
}

const endOf = ({ on }: Dependency, { state }: Party): number | null =>
  on === "success" ? state.succeededAt : state.concludedAt

const idOf = ({ on }: Dependency, { state: { jobName, key } }: Party): string => JSON.stringify([on, jobName, key])

/** True where a dependent has not run after this end yet. Which ends its last occurrence knew counts, whatever their clocks. */
const isNewEnd = (dependency: Dependency, party: Party, { state }: Party): boolean => {
  const endedAt = endOf(dependency, party)
  const { occurrenceAt, position } = state
  if (endedAt === null || occurrenceAt === null) return endedAt !== null
  const known = position.cadence.after?.[idOf(dependency, party)]
  // an end at the very start of the last occurrence may be the one that occurrence depended on
  return known === undefined ? endedAt > occurrenceAt : endedAt !== known
}

/** A row and an entry of the log hold no more ends than this. */
const mostEnds = 16

/**
 * The ends that an occurrence knows when it starts, to be kept with it; `null` where it has no dependencies, or too many that
 * their clocks are compared in place of that.
 *
 * @since 0.1.0
 * @category questions
 */
export const ends = (own: Party, others: Others): Readonly<Record<string, number | null>> | null => {
  const found: Record<string, number | null> = {}
  let count = 0
  for (const dependency of own.registered.job.after) {
    const parties = partiesOf(dependency, own, others)
    count += parties.length
    if (count > mostEnds) return null
    for (const party of parties) found[idOf(dependency, party)] = endOf(dependency, party)
  }
  return count === 0 ? null : found
}

/**
 * How a dependency is met; `null` where it is not. It has to end after the start of the dependent's last occurrence and,
 * with `sameTick`, no earlier than the dependent's own planned time. One that is over stays met by the end that it had.
 */
const met = <P extends Party>(
  dependency: Dependency,
  party: P,
  own: Party,
  others: Others<P>,
  known: Known
): Met | null => {
  const { on, sameTick } = dependency
  const { heardAt = Number.NEGATIVE_INFINITY, state: of } = party
  const { occurrenceAt, position } = own.state
  const endedAt = endOf(dependency, party)
  const isEarlier = sameTick && position.scheduledAt !== null && endedAt !== null && endedAt < position.scheduledAt
  const isNew = isNewEnd(dependency, party, own)
  if (endedAt !== null && isNew && !isEarlier) return { at: Math.max(endedAt, heardAt), isNew }
  if (!isOver(party, others, known)) return null
  // what is over without a run has come to its end, too
  const at = endedAt ?? (on === "end" ? of.updatedAt : null)
  return at === null ? null : { at, isNew: isNew || (endedAt === null && occurrenceAt === null) }
}

/**
 * True where a dependency is met.
 *
 * @since 0.1.0
 * @category questions
 */
export const isMet = <P extends Party>(dependency: Dependency, of: P, own: Party, others: Others<P>): boolean =>
  met(dependency, of, own, others, new Map()) !== null

/**
 * True where nothing more is to come of an instance, unless it is triggered: its cadence has ended, or it has none and
 * all that it comes after is over.
 *
 * @since 0.1.0
 * @category questions
 */
export const isOver = <P extends Party>(party: P, others: Others<P>, known: Known = new Map()): boolean => {
  if (goesOn(party, others, known)) return false
  // a stack of our own, since a chain of jobs may be longer than the one of calls
  const open: Array<P> = [party]
  for (let one = open.at(-1); one !== undefined; one = open.at(-1)) {
    const unknown = known.has(one) ? [] : behind(one, others).filter((other) => !known.has(other))
    if (unknown.length > 0) for (const other of unknown) open.push(other)
    else {
      if (!known.has(one)) known.set(one, willNotRun(one, others, known))
      open.pop()
    }
  }
  return known.get(party) === true
}

/** True where nothing more is to come of it by itself; `null` where that depends on what it comes after. */
const isOverAlone = ({ registered, state }: Party): boolean | null => {
  const { attempt, manual, nextAt } = state.position
  if (state.claim.owner !== null || manual !== null || attempt > 1) return false
  if (nextAt === null) return true
  return registered.job.cadence !== null ? false : null
}

/** True where the first in one line before it goes on: nearly always, and found without a look at the others. */
const goesOn = <P extends Party>(party: P, others: Others<P>, known: Known): boolean => {
  const line: Array<P> = []
  let one: P | undefined = party
  while (one !== undefined) {
    const found: boolean | null = known.get(one) ?? isOverAlone(one)
    if (found === true) return false
    line.push(one)
    if (found === false) break
    const [dependency]: ReadonlyArray<Dependency> = one.registered.job.after
    one = dependency === undefined ? undefined : partiesOf(dependency, one, others)[0]
  }
  if (one === undefined) return false
  for (const behind of line) known.set(behind, false)
  return true
}

/** Those that decide whether it is over. */
const behind = <P extends Party>(party: P, others: Others<P>): ReadonlyArray<P> =>
  isOverAlone(party) === null
    ? party.registered.job.after.flatMap((dependency) => partiesOf(dependency, party, others))
    : []

const willNotRun = <P extends Party>(party: P, others: Others<P>, known: Known): boolean => {
  const alone = isOverAlone(party)
  if (alone !== null) return alone
  const areOver = party.registered.job.after.every((dependency) => {
    const parties = partiesOf(dependency, party, others)
    return parties.length > 0 && parties.every((other) => isOver(other, others, known))
  })
  return areOver && standing(party, others, known).metAt === null
}

/** The instance of the same key where both jobs have keys; all listed keys where only the other one has. */
const partiesOf = <P extends Party>(dependency: Dependency, own: Party, others: Others<P>): ReadonlyArray<P> => {
  const { jobName } = dependency
  const one = (key: string) => Arr.fromNullable(others.find({ jobName, key }))
  if (!others.isKeyed(jobName)) return one("")
  if (own.registered.job.keys !== null) return one(own.state.key)
  return [...others.keyed(jobName).values()].filter(({ inactiveSince = null }) => inactiveSince === null)
}

/**
 * The dependencies of an instance: the unmet ones, or when the last was met.
 *
 * @since 0.1.0
 * @category questions
 */
export const standing = <P extends Party>(own: Party, others: Others<P>, known: Known = new Map()): Standing<P> => {
  const { after, cadence } = own.registered.job
  let latest = Number.NEGATIVE_INFINITY
  // without a cadence, it is due by what is new alone
  let isDue = after.length === 0 || cadence !== null
  const unmet: Array<P> = []
  const absent: Array<string> = []
  for (const dependency of after) {
    const parties = partiesOf(dependency, own, others)
    if (parties.length === 0) absent.push(dependency.jobName)
    for (const party of parties) {
      const how = met(dependency, party, own, others, known)
      if (how === null) unmet.push(party)
      else {
        latest = Math.max(latest, how.at)
        isDue ||= how.isNew
      }
    }
  }
  return { metAt: isDue && unmet.length + absent.length === 0 ? latest : null, unmet, absent }
}

/**
 * A cycle of dependencies; `None` where there is no cycle.
 *
 * @since 0.1.0
 * @category questions
 */
export const cycle = (
  jobs: ReadonlyArray<Pick<Definition<unknown>, "after" | "name">>
): Option.Option<ReadonlyArray<string>> => {
  const indices = new Map<string, Graph.NodeIndex>()
  const graph = Graph.directed<string, null>((graph) => {
    for (const { name } of jobs) if (!indices.has(name)) indices.set(name, Graph.addNode(graph, name))
    for (const { after, name } of jobs) {
      for (const { jobName } of after) {
        const [from, to] = [indices.get(name), indices.get(jobName)]
        if (from !== undefined && to !== undefined) Graph.addEdge(graph, from, to, null)
      }
    }
  })
  const isOnItself = (index: Graph.NodeIndex) => Graph.neighbors(graph, index).includes(index)
  const ring = Graph.stronglyConnectedComponents(graph).find((part) => part.length > 1 || part.some(isOnItself))
  return Option.map(Option.fromNullable(ring), (ring) => wayAround(graph, ring))
}

/** From the first job of a strongly connected component back to itself: each of its ways on leads back. */
const wayAround = (graph: Graph.DirectedGraph<string, null>, ring: ReadonlyArray<Graph.NodeIndex>) => {
  const [first = 0] = ring
  const back = Arr.findFirst(Graph.neighbors(graph, first), (next) => ring.includes(next)).pipe(
    Option.flatMap((next) => Graph.dijkstra(graph, { source: next, target: first, cost: () => 1 }))
  )
  const path = Option.match(back, { onNone: () => [], onSome: ({ path }) => path })
  return Arr.filterMap([first, ...path], (index) => Graph.getNode(graph, index))
}
