/**
 * The options of every request: who makes it and why, and how long to wait.
 *
 * @internal
 */
import { userInfo } from "node:os"
import { Options } from "@effect/cli"
import { Clock, Effect, Option } from "effect"
import { Control } from "tickwork"
import * as SharedOptions from "./SharedOptions.ts"

const why = Options.text("why").pipe(
  Options.withPseudoName("TEXT"),
  Options.withDescription("The reason, kept in the log."),
  Options.withDefault("")
)

const by = Options.text("by").pipe(
  Options.withPseudoName("NAME"),
  Options.withDescription("Who makes the request (default: the user of this system)."),
  Options.optional
)

const wait = SharedOptions.duration("wait").pipe(
  Options.withDescription("How long to wait for a process to carry out the request (default: 5s; 0s does not wait)."),
  Options.withDefault(5000)
)

/** The options of every request. */
export const options = { why, by, wait }

/** Empty where the system has no name for the user. */
export const userName = Effect.orElseSucceed(
  Effect.try(() => userInfo().username),
  () => ""
)

/** When a request is made, by whom and why, as it is stored. */
export const sender = ({ by, why }: { readonly by: Option.Option<string>; readonly why: string }) =>
  Effect.gen(function* () {
    const at = yield* Clock.currentTimeMillis
    return { at, ...Control.senderOf({ by: Option.isSome(by) ? by.value : yield* userName, why }) }
  })
