/**
 * Publishes the events of a tick to its listeners, each with its own buffer.
 *
 * It never waits for a slow listener, and keeps no event for a later one.
 *
 * @internal
 */
import { Effect, Mailbox, Stream } from "effect"

export class Listeners<A> {
  readonly #buffers = new Set<Mailbox.Mailbox<A>>()
  /** The events from when it is run; a listener with a full buffer misses the oldest. */
  readonly stream: Stream.Stream<A>

  constructor(capacity: number) {
    // a sliding PubSub drops the newest event of all listeners where it is offered without an effect
    const opened = Effect.tap(Mailbox.make<A>({ capacity, strategy: "sliding" }), (buffer) =>
      Effect.sync(() => this.#buffers.add(buffer))
    )
    this.stream = Effect.acquireRelease(opened, (buffer) =>
      Effect.zipRight(
        Effect.sync(() => this.#buffers.delete(buffer)),
        buffer.shutdown
      )
    ).pipe(Effect.map(Mailbox.toStream), Stream.unwrapScoped)
  }

  publish(event: A): void {
    for (const buffer of this.#buffers) buffer.unsafeOffer(event)
  }
}
