/**
 * The outside world: here it writes a line to the log in place of a mail.
 */
import { Context, Effect, Layer } from "effect"

export class Mailer extends Context.Tag("web-app/Mailer")<
  Mailer,
  {
    /** The server that gets the same key twice sends one mail. */
    readonly send: (mail: { readonly to: string; readonly text: string; readonly key: string }) => Effect.Effect<void>
  }
>() {}

export const layer = Layer.succeed(Mailer, {
  send: ({ key, text, to }) => Effect.log(`mail to ${to}: ${text} (${key})`)
})
