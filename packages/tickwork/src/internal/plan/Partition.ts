/**
 * The partition of each instance of a registry: that of its key, but for jobs that have to be beside jobs without keys.
 *
 * Pure: it knows no placement and no process.
 *
 * @since 0.1.0
 */
import { Graph } from "effect"
import type { Definition } from "../Definition.ts"
import * as KeyPartition from "../KeyPartition.ts"

type Job = Pick<Definition<unknown>, "after" | "keys" | "name" | "payload">

/**
 * Where the instances of a registry are.
 *
 * @since 0.1.0
 * @category models
 */
export interface Partitions {
  /** The partition of an instance, from 0 to 1,023. */
  readonly of: (ref: { readonly jobName: string; readonly key: string }) => number
  /** The jobs with keys or payloads that are in partition 0 with all their instances. */
  readonly pinned: ReadonlySet<string>
  /** The jobs that are linked to a job by `after`, also by way of others, and the job itself. */
  readonly linked: (jobName: string) => ReadonlyArray<string>
}

/** The jobs in components: within one each is linked to each by `after`, in whichever direction. */
const components = (jobs: ReadonlyArray<Job>): ReadonlyArray<ReadonlyArray<Job>> => {
  const indices = new Map<string, Graph.NodeIndex>()
  const graph = Graph.undirected<Job, null>((graph) => {
    for (const job of jobs) indices.set(job.name, Graph.addNode(graph, job))
    for (const { after, name } of jobs) {
      for (const { jobName } of after) {
        const [from, to] = [indices.get(name), indices.get(jobName)]
        if (from !== undefined && to !== undefined) Graph.addEdge(graph, from, to, null)
      }
    }
  })
  return Graph.connectedComponents(graph).map((nodes) =>
    nodes.flatMap((index) => {
      const job = graph.nodes.get(index)
      return job === undefined ? [] : [job]
    })
  )
}

/**
 * The partitions of a registry. Instances that may wait for one another are in one partition: in that of their key where
 * all of the linked jobs have keys, since those wait for the same key; else in partition 0.
 *
 * @since 0.1.0
 * @category constructors
 */
export const of = (jobs: ReadonlyArray<Job>): Partitions => {
  const all = components(jobs)
  const mixed = all.filter((linked) => linked.length > 1 && linked.some(({ keys }) => keys === null))
  const hasInstances = ({ keys, payload }: Job) => keys !== null || payload !== null
  const pinned = new Set(mixed.flatMap((linked) => linked.filter(hasInstances).map(({ name }) => name)))
  const linked = new Map(all.flatMap((some) => some.map(({ name }) => [name, some.map(({ name }) => name)] as const)))
  return {
    of: ({ jobName, key }) => (pinned.has(jobName) ? 0 : KeyPartition.of(key)),
    pinned,
    linked: (jobName) => linked.get(jobName) ?? [jobName]
  }
}
