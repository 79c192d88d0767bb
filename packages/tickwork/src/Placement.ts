/**
 * Which instances a process takes care of, where several share a database.
 *
 * Claims alone decide who may run an instance: a wrong placement makes instances wait or claims be refused, and nothing
 * runs twice.
 *
 * @since 0.1.0
 */
import { Context, type Effect, Inspectable, Layer, Schema, Stream } from "effect"
import * as KeyPartition from "./internal/KeyPartition.ts"
import * as PlainText from "./internal/PlainText.ts"

/**
 * How many partitions there are. It never changes, since rows are stored by them.
 *
 * @since 0.1.0
 * @category partitions
 */
export const partitions: number = KeyPartition.count

/**
 * The partition of a key, from 0 to 1,023: a hash of the key alone, the same for ever, so that instances of several jobs
 * with one key are in one partition. The empty key, that of a job without keys, is in partition 0.
 *
 * A job with keys that is linked by `after` to a job without keys, also by way of others, is in partition 0 with all its
 * keys, whatever this function says of them.
 *
 * @example
 * ```ts
 * import { Placement } from "tickwork"
 *
 * console.assert(Placement.partitionOf("") === 0)
 * console.assert(Placement.partitionOf("ada") === Placement.partitionOf("ada"))
 * ```
 *
 * @since 0.1.0
 * @category partitions
 */
export const partitionOf: (key: string) => number = KeyPartition.of

/**
 * @since 0.1.0
 * @category models
 */
export interface PlacementService {
  /** True while this process takes care of the partition (0 to 1,023). Synchronous and cheap: it is called for each instance. */
  readonly owns: (partition: number) => boolean
  /** Says that `owns` may answer otherwise than before: the engine calls it again then. It never fails, and may end. */
  readonly changes: Stream.Stream<void>
  /**
   * Gives up all partitions for good: `Tick.layerDaemon` runs it when it begins to stop, so that others take them while what
   * runs here ends. Without it they are given up when the placement is closed.
   */
  readonly leave?: Effect.Effect<void>
}

/**
 * This process takes care of all partitions: the default.
 *
 * @since 0.1.0
 * @category constructors
 */
export const all: PlacementService = { owns: () => true, changes: Stream.empty }

/**
 * Which partitions this process takes care of: {@link all} of them unless a layer says otherwise. Several processes that
 * each take care of all compete for every instance.
 *
 * @since 0.1.0
 * @category services
 */
export class Placement extends Context.Reference<Placement>()("tickwork/Placement", {
  defaultValue: (): PlacementService => all
}) {}

/**
 * A placement has a wrong number.
 *
 * @since 0.1.0
 * @category errors
 */
export class PlacementError extends Schema.TaggedError<PlacementError>("tickwork/PlacementError")("PlacementError", {
  option: Schema.Literal("k", "n"),
  /** The rejected number, rendered and shortened. */
  value: Schema.String,
  /** What the number must be. */
  reason: Schema.String,
  cure: Schema.String
}) {
  override get message() {
    return `Placement.fixed: ${this.option} ${this.reason}, got ${this.value}. ${this.cure}`
  }
}

const wrong = (option: "k" | "n", value: unknown, reason: string, cure: string) =>
  new PlacementError({
    option,
    value: PlainText.shorten(Inspectable.toStringUnknown(value, 0), PlainText.longestShown),
    reason,
    cure
  })

const isWithin = (value: number, from: number, to: number): boolean =>
  Number.isInteger(value) && value >= from && value <= to

/**
 * This process is the `k`th of `n`, counted from 0, and takes care of each `n`th partition: those that leave the remainder
 * `k`. Process 0 has the jobs without keys.
 *
 * Each of the `n` processes has its own `k`, such as the ordinal of a StatefulSet, and the same `n`. Nothing moves by
 * itself: what a process that is down takes care of waits until it is back. While `n` changes, some partitions have no
 * process or two: their instances are late, or claims are refused.
 *
 * Fails with `PlacementError` where `n` is no integer from 1 to 1,024, or `k` none from 0 to `n - 1`.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Job, JobStore, Jobs, Placement, Tick } from "tickwork"
 *
 * const hello = Job.make("hello", Effect.log("hello")).pipe(Job.every("5 seconds"))
 * const second = Tick.layer(Jobs.make(hello)).pipe(
 *   Layer.provide(Placement.fixed(1, 2)),
 *   Layer.provide(JobStore.layerMemory)
 * )
 *
 * // a job without keys is in partition 0, which the first of the two processes has
 * Effect.runPromise(Tick.once.pipe(Effect.provide(second))).then((runs) => {
 *   console.assert(runs.length === 0)
 * })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const fixed = (k: number, n: number): Layer.Layer<Placement, PlacementError> => {
  if (!isWithin(n, 1, partitions))
    return Layer.fail(
      wrong("n", n, `must be an integer from 1 to ${partitions}`, "It is how many processes share the partitions.")
    )
  if (!isWithin(k, 0, n - 1))
    return Layer.fail(
      wrong("k", k, `must be an integer from 0 to ${n - 1}`, "It is the number of this process, counted from 0.")
    )
  return Layer.succeed(Placement, { owns: (partition) => partition % n === k, changes: Stream.empty })
}
