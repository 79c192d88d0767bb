/**
 * Placements of several processes that a test moves by hand: a partition may have one process, two that both believe to
 * have it, or none.
 */
import { Stream } from "effect"
import { Placement } from "tickwork"

export class Placements {
  /** The processes of each partition, by their numbers. */
  readonly #owners: Array<ReadonlyArray<number>>
  readonly #listeners = new Map<number, Set<() => void>>()

  /** At first each of `n` processes has each `n`th partition. */
  constructor(n: number) {
    this.#owners = Array.from({ length: Placement.partitions }, (_, partition) => [partition % n])
  }

  /** What the process of this number has. */
  of(process: number): Placement.PlacementService {
    const listeners = this.#listeners.get(process) ?? new Set()
    this.#listeners.set(process, listeners)
    return {
      owns: (partition) => this.owners(partition).includes(process),
      changes: Stream.async<void>((emit) => {
        const listener = () => void emit.single(undefined)
        listeners.add(listener)
      })
    }
  }

  owners(partition: number): ReadonlyArray<number> {
    return this.#owners[partition] ?? []
  }

  /** Gives partitions to these processes alone; only those of `heard` learn of it at once. */
  move(partitions: Iterable<number>, to: ReadonlyArray<number>, heard?: ReadonlyArray<number>): void {
    const concerned = new Set<number>(to)
    for (const partition of partitions) {
      for (const owner of this.owners(partition)) concerned.add(owner)
      this.#owners[partition] = to
    }
    this.tell(heard ?? [...concerned])
  }

  tell(processes: Iterable<number>): void {
    for (const process of processes) for (const listener of this.#listeners.get(process) ?? []) listener()
  }
}
