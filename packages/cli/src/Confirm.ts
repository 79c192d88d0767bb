/**
 * Asks the person at the terminal before something is deleted.
 *
 * @internal
 */
import { createInterface } from "node:readline"
import { Effect } from "effect"

/** True for "y" and "yes"; false for anything else, and for an input that has ended. */
export const ask = (question: string): Effect.Effect<boolean> =>
  Effect.async<boolean>((resume) => {
    // the standard output is for the answer of the command alone
    const reader = createInterface({ input: process.stdin, output: process.stderr })
    let answer = ""
    reader.once("close", () => resume(Effect.succeed(/^y(es)?$/i.test(answer.trim()))))
    reader.question(question, (text) => {
      answer = text
      reader.close()
    })
    return Effect.sync(() => reader.close())
  })
