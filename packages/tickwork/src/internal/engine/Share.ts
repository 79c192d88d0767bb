/**
 * The partitions that this process takes care of, as its placement had them when it was last read, and what of the store
 * belongs to them.
 *
 * It decides neither who owns a partition nor who may run an instance.
 *
 * @internal
 */
import { Array as Arr, Effect, type Scope, Stream } from "effect"
import type { JobState } from "../../JobState.ts"
import type { Ref, RequestsAmong, Service, StoreError } from "../../JobStore.ts"
import * as Placement from "../../Placement.ts"
import * as Partition from "../plan/Partition.ts"
import type { Registered } from "../plan/Registered.ts"

/** The partitions that a process has to take from now on, and whether it has to leave some. */
export interface Moved {
  readonly gained: ReadonlyArray<number>
  readonly hasLost: boolean
}

const everything = Arr.makeBy(Placement.partitions, (partition) => partition)

/** Gives up all partitions at the close of a scope, before what was added to that scope earlier ends. */
export const leaveAtStop: Effect.Effect<void, never, Scope.Scope> = Effect.flatMap(Placement.Placement, ({ leave }) =>
  leave === undefined ? Effect.void : Effect.addFinalizer(() => Effect.forkDaemon(leave))
)

export class Share {
  readonly partitions: Partition.Partitions
  readonly #placement: Placement.PlacementService
  /** `null` for all of them. */
  readonly #owned: Set<number> | null
  /** True where the placement may have changed since it was last read. */
  isStale = false

  constructor(placement: Placement.PlacementService, registry: ReadonlyArray<Registered<unknown>>) {
    this.#placement = placement
    this.partitions = Partition.of(registry.map(({ job }) => job))
    this.#owned = placement === Placement.all ? null : new Set(everything.filter(placement.owns))
  }

  /** True for a process that takes care of all instances, whatever others do. */
  get isAll(): boolean {
    return this.#owned === null
  }

  /** Notices for as long as the scope lives that the placement has changed, and wakes the tick. */
  listen(wake: () => void): Effect.Effect<void, never, Scope.Scope> {
    if (this.isAll) return Effect.void
    const changed = Effect.sync(() => {
      this.isStale = true
      wake()
    })
    // what has changed since it was read was not heard
    this.isStale = true
    return Effect.asVoid(Effect.forkScoped(Stream.runForEach(this.#placement.changes, () => changed)))
  }

  has(ref: Ref): boolean {
    return this.#owned === null || this.#owned.has(this.partitions.of(ref))
  }

  /** Leaves what the placement has given away, and answers what it has given to this process: that is to be taken. */
  read(): Moved {
    this.isStale = false
    const owned = this.#owned
    if (owned === null) return { gained: [], hasLost: false }
    const lost = [...owned].filter((partition) => !this.#placement.owns(partition))
    for (const partition of lost) owned.delete(partition)
    const gained = everything.filter((partition) => !owned.has(partition) && this.#placement.owns(partition))
    return { gained, hasLost: lost.length > 0 }
  }

  take(partitions: ReadonlyArray<number>): void {
    for (const partition of partitions) this.#owned?.add(partition)
  }

  /** The requests about its own instances and about these, which it is about to leave; `undefined` for all. */
  requests(leaving: Iterable<Ref>): RequestsAmong | undefined {
    if (this.#owned === null) return undefined
    const partitions = new Set(this.#owned)
    for (const { key } of leaving) partitions.add(Placement.partitionOf(key))
    return { partitions: [...partitions], jobNames: this.#pinned(this.#owned.has(0)) }
  }

  /** The stored instances of these jobs: its own, or those of some partitions. */
  load(
    store: Pick<Service, "load">,
    jobNames: ReadonlyArray<string>,
    which: "all" | "unfinished" = "all",
    partitions: ReadonlyArray<number> | null = this.#owned && [...this.#owned]
  ): Effect.Effect<ReadonlyArray<JobState>, StoreError> {
    if (partitions === null) return store.load(jobNames, which)
    const { pinned } = this.partitions
    const [placed, apart] = Arr.partition(jobNames, (name) => pinned.has(name))
    return Effect.zipWith(
      store.load(placed, which, partitions),
      store.load(partitions.includes(0) ? apart : [], which),
      (some, others) => [...some, ...others]
    )
  }

  #pinned(isFirst: boolean): ReadonlyArray<string> {
    return isFirst ? [...this.partitions.pinned] : []
  }
}
