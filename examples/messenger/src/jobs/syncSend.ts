/**
 * `sync_send`: delivers the outbox to all peers at once. A message leaves the outbox only when its peer has answered, and
 * an offline peer delays no other.
 */
import { Array as Arr, Effect, Schedule, Schema, Stream } from "effect"
import { Job } from "tickwork"
import type { Envelope } from "../Envelope.ts"
import type { Answer } from "../Inbox.ts"
import * as Outbox from "../Outbox.ts"
import { Peers } from "../Peers.ts"

export class NotDeliveredError extends Schema.TaggedError<NotDeliveredError>("messenger/NotDeliveredError")(
  "NotDeliveredError",
  {
    reasons: Schema.NonEmptyArray(Schema.String)
  }
) {
  override get message() {
    return this.reasons.join("; ")
  }
}

const settle = (answer: Answer) =>
  Effect.as(
    Outbox.remove(answer.prekeyId),
    answer._tag === "Refused" ? [`message ${answer.prekeyId} was refused: ${answer.reason}`] : []
  )

const deliver = (peer: string, envelopes: ReadonlyArray<Envelope>) =>
  Effect.flatMap(Peers, ({ send }) =>
    send(peer, envelopes).pipe(
      Stream.mapEffect(settle),
      Stream.runFold<ReadonlyArray<string>, ReadonlyArray<string>>([], (reasons, more) => [...reasons, ...more]),
      Effect.catchTag("PeerOfflineError", ({ message }) => Effect.succeed([message]))
    )
  )

export const deliverAll = Effect.gen(function* () {
  const waiting = Object.entries(Arr.groupBy(yield* Outbox.waiting, ({ recipient }) => recipient))
  const reasons = yield* Effect.forEach(waiting, ([peer, envelopes]) => deliver(peer, envelopes), {
    concurrency: "unbounded"
  })
  const [first, ...rest] = reasons.flat()
  if (first !== undefined) return yield* new NotDeliveredError({ reasons: [first, ...rest] })
})

export const syncSend = Job.make("sync_send", deliverAll).pipe(
  Job.every("5 seconds"),
  // the next occurrence is soon enough for an offline peer
  Job.retry(Schedule.stop),
  Job.priority(1),
  Job.describe("delivers the outbox to its peers")
)
