/**
 * Those who listen to a tick, each with a buffer of its own.
 *
 * Telling them takes as long whether they listen or not, and one that does not read costs no other an event. It keeps
 * nothing for whoever comes later.
 *
 * @internal
 */
import { Effect, Mailbox, Stream } from "effect"

export class Listeners<A> {
  readonly #buffers = new Set<Mailbox.Mailbox<A>>()
  /** What is told from when it is run; one that is further behind than its buffer holds misses the oldest. */
  readonly stream: Stream.Stream<A>

  constructor(capacity: number) {
    // a sliding PubSub drops the newest where it is told without an effect, and it does so to all
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

  tell(event: A): void {
    for (const buffer of this.#buffers) buffer.unsafeOffer(event)
  }
}
