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
  readonly registered: { readonly job: Pick<Definition<unknown>, "after" | "keys"> }
  readonly state: JobState
  /** When its key left the list; `null` or absent while the key is listed. */
  readonly inactiveSince?: number | null
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
 * dependencies.
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
 * When a dependency was met, in ms since the epoch; `null` where it is not. It has to end after the start of the
 * dependent's last occurrence and, with `sameTick`, no earlier than the dependent's own planned time.
 *
 * @since 0.1.0
 * @category questions
 */
export const metAt = ({ on, sameTick }: Dependency, { state: of }: Party, { state: own }: Party): number | null => {
  const endedAt = on === "success" ? of.succeededAt : of.concludedAt
  // an end at the very start of the last occurrence may be the one that occurrence depended on
  if (endedAt === null || (own.occurrenceAt !== null && endedAt <= own.occurrenceAt)) return null
  return sameTick && own.position.scheduledAt !== null && endedAt < own.position.scheduledAt ? null : endedAt
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
export const standing = <P extends Party>(own: Party, others: Others<P>): Standing<P> => {
  let latest = Number.NEGATIVE_INFINITY
  const unmet: Array<P> = []
  const absent: Array<string> = []
  for (const dependency of own.registered.job.after) {
    const parties = partiesOf(dependency, own, others)
    if (parties.length === 0) absent.push(dependency.jobName)
    for (const party of parties) {
      const at = metAt(dependency, party, own)
      if (at === null) unmet.push(party)
      else latest = Math.max(latest, at)
    }
  }
  return { metAt: unmet.length + absent.length === 0 ? latest : null, unmet, absent }
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
