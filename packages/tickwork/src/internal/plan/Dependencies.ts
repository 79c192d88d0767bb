/**
 * Whether the jobs that a job comes after have ended as they have to.
 *
 * Pure: one instance, those that it comes after, and what is known of each. It waits for nobody and starts nothing.
 *
 * @since 0.1.0
 */
import { Array as Arr, Graph, Option } from "effect"
import type { JobState } from "../../JobState.ts"
import type { Definition, Dependency } from "../Definition.ts"

/**
 * An instance, as far as dependencies are concerned.
 *
 * @since 0.1.0
 * @category models
 */
export interface Party {
  readonly registered: { readonly job: Pick<Definition<unknown>, "after" | "keys"> }
  readonly state: JobState
  /** Since when its key is not listed any more; `null`, or not given, while it is. */
  readonly inactiveSince?: number | null
}

/**
 * Where the instances of other jobs are found.
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
 * What an instance still waits for, and since when it waits for nothing, in ms since the epoch: minus infinity where it
 * comes after nobody.
 *
 * @since 0.1.0
 * @category models
 */
export interface Standing<P extends Party = Party> {
  readonly metAt: number | null
  readonly unmet: ReadonlyArray<P>
  /** Jobs of which there is no instance that could end. */
  readonly absent: ReadonlyArray<string>
}

/**
 * When an instance that another comes after has ended as it has to, in ms since the epoch: since the start of the
 * other's last occurrence, and where both are to run in the same tick, no sooner than at the other's own instant. `null`
 * where it has not.
 *
 * @since 0.1.0
 * @category questions
 */
export const metAt = ({ on, sameTick }: Dependency, { state: of }: Party, { state: own }: Party): number | null => {
  const endedAt = on === "success" ? of.succeededAt : of.concludedAt
  // what ended as the last occurrence began may be what that occurrence came after
  if (endedAt === null || (own.occurrenceAt !== null && endedAt <= own.occurrenceAt)) return null
  return sameTick && own.position.scheduledAt !== null && endedAt < own.position.scheduledAt ? null : endedAt
}

/** The same key where both have keys; all keys that are listed where only the other one has. */
const partiesOf = <P extends Party>(dependency: Dependency, own: Party, others: Others<P>): ReadonlyArray<P> => {
  const { jobName } = dependency
  const one = (key: string) => Arr.fromNullable(others.find({ jobName, key }))
  if (!others.isKeyed(jobName)) return one("")
  if (own.registered.job.keys !== null) return one(own.state.key)
  return [...others.keyed(jobName).values()].filter(({ inactiveSince = null }) => inactiveSince === null)
}

/**
 * How an instance stands with all that it comes after.
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
 * A way from a job back to itself, by what each comes after; none where the jobs come after one another in some order.
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
  if (Graph.isAcyclic(graph)) return Option.none()
  const onItself = [...indices.values()].find((index) => Graph.neighbors(graph, index).includes(index))
  const ring =
    onItself === undefined
      ? Graph.stronglyConnectedComponents(graph).find((component) => component.length > 1)
      : [onItself]
  return Option.map(Option.fromNullable(ring), (ring) => wayAround(graph, ring))
}

/** In a strongly connected component every walk that stays inside comes back to where it has been. */
const wayAround = (graph: Graph.DirectedGraph<string, null>, ring: ReadonlyArray<Graph.NodeIndex>) => {
  const walked: Array<Graph.NodeIndex> = []
  for (let at = ring[0]; at !== undefined && !walked.includes(at); ) {
    walked.push(at)
    at = Graph.neighbors(graph, at).find((next) => ring.includes(next))
  }
  const last = walked.at(-1)
  const back = last === undefined ? undefined : Graph.neighbors(graph, last).find((next) => walked.includes(next))
  const round = back === undefined ? walked : [...walked.slice(walked.indexOf(back)), back]
  return Arr.filterMap(round, (index) => Graph.getNode(graph, index))
}
