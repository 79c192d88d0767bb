/**
 * The demo's user: a job that writes random messages, so that the other jobs have work. It is no part of a messenger.
 */
import { Effect, Random } from "effect"
import { Job } from "tickwork"
import * as Outbox from "./Outbox.ts"
import { Peers } from "./Peers.ts"

const texts = [
  "The engine weaves algebraic patterns",
  "It is easier to ask forgiveness than permission",
  "Talk is cheap, show me the code",
  "Lunch at noon?",
  "The meeting has moved to three"
] as const

/** Short, so that messages expire within a demo of a minute. */
const lifetime = "30 seconds"

export const writeMessage = Effect.gen(function* () {
  const { names } = yield* Peers
  const [sender = "", recipient = ""] = yield* Random.shuffle(names)
  const text = yield* Random.choice(texts)
  yield* Outbox.write({ sender, recipient, text, lifetime })
})

export const writeMessages = Job.make("write_messages", writeMessage).pipe(
  Job.every("3 seconds"),
  Job.describe("the demo's user: writes a message")
)
