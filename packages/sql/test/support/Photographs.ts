/**
 * What a life would leave behind if it were killed before or after each of its statements, without living it again for
 * each of them.
 *
 * Most statements change nothing that outlives a process. Where neither the file nor the clock nor what was done has
 * changed since the last look, what follows is the same too, and one photograph stands for all these moments.
 */
import * as fs from "node:fs"
import { Effect } from "effect"
import * as Life from "./Life.ts"

export interface Photograph {
  /** The moments that it stands for. */
  readonly moments: Array<Life.Crash>
  readonly ifKilled: Life.Lived
}

const contents = (filename: string) =>
  ["", "-wal"].map((part) => (fs.existsSync(filename + part) ? fs.readFileSync(filename + part) : Buffer.alloc(0)))

const detailsOf = ({ diedAt, notes, uttered }: Life.Lived) =>
  JSON.stringify([diedAt, notes, uttered.map(({ by, isAnswered }) => [by, isAnswered])])

/** Lives a life to its end; answers it, and the photographs, each with a file of its own. */
export const take = (options: Omit<Life.Options, "crash" | "lookOn">) =>
  Effect.suspend(() => {
    const taken: Array<Photograph> = []
    let last = { files: contents(""), details: "" }
    const lookOn = (at: Life.Crash, ifKilled: Life.Lived) => {
      const files = contents(ifKilled.filename)
      const details = detailsOf(ifKilled)
      const isSame = details === last.details && files.every((file, n) => last.files[n]?.equals(file))
      if (isSame) {
        taken.at(-1)?.moments.push(at)
        return
      }
      last = { files, details }
      const filename = `${ifKilled.filename}-${at.at}-${at.side}`
      for (const [n, part] of ["", "-wal"].entries()) fs.writeFileSync(filename + part, files[n] ?? "")
      taken.push({ moments: [at], ifKilled: { ...ifKilled, filename } })
    }
    return Effect.map(Life.live({ ...options, lookOn }), (lived) => ({ lived, photographs: taken }))
  })
