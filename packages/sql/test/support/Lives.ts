/**
 * One life after the other on a SQLite file, each killed but the last, and what is left of them.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { SqlJobStore } from "@tickwork/sql"
import { Effect, Layer } from "effect"
import { JobStore } from "tickwork"
import * as Laws from "./Laws.ts"
import * as Life from "./Life.ts"
import * as Told from "./Told.ts"

/** A file with one table of the application's. */
export const prepare = (filename: string, table: Effect.Effect<unknown, unknown, SqlClient.SqlClient>) =>
  Effect.provide(Effect.orDie(table), Layer.fresh(SqliteClient.layer({ filename })))

/** The file as it stands, under another name. */
export const copyOf = (filename: string, name: string): string => {
  const copy = path.join(path.dirname(filename), name)
  fs.copyFileSync(filename, copy)
  return copy
}

export interface Options extends Omit<Life.Options, "crash" | "lookOn" | "name"> {
  /** What was before, and is over. */
  readonly earlier?: ReadonlyArray<Life.Lived>
  /** Each kills a life; one that its life does not come to kills nobody. */
  readonly crashes: ReadonlyArray<Life.Crash & { readonly downMs: number }>
}

/** What the last life goes on for, beyond the end. */
const restMs = 15_000

const isAnswered = (lives: ReadonlyArray<Life.Lived>, wish: Life.Wish) =>
  lives.some(({ uttered }) => uttered.some((said) => said.isAnswered && said.wish.at === wish.at))

/** Lives on after the earlier ones, until the end has come; what nobody has had an answer to is asked for again. */
export const live = (options: Options): Effect.Effect<ReadonlyArray<Life.Lived>> =>
  Effect.gen(function* () {
    const { crashes, earlier = [], wishes = [], ...rest } = options
    const lives = [...earlier]
    let { filename, from } = options
    for (const crash of [...crashes, undefined]) {
      const lived = yield* Life.live({
        ...rest,
        filename,
        name: `life ${lives.length + 1}`,
        from,
        until: Math.max(rest.until, from) + (crash === undefined ? restMs : 0),
        wishes: wishes.filter((wish) => !isAnswered(lives, wish)),
        crash
      })
      lives.push(lived)
      filename = lived.filename
      from = (lived.diedAt ?? Math.max(rest.until, from)) + (crash?.downMs ?? 0)
    }
    return lives
  })

/** Holds the laws against what the last of these lives has left behind; answers that. */
export const hold = (lives: ReadonlyArray<Life.Lived>, given: Pick<Laws.Left, "jobs" | "until">) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const store = yield* JobStore.JobStore
    const entries = yield* sql<{ key: string }>`SELECT run_key AS "key" FROM entries`
    const left: Laws.Left = {
      ...given,
      instances: yield* Told.instances,
      entries: entries.map(({ key }) => key),
      requests: (yield* store.pending).length,
      notes: lives.flatMap(({ notes }) => notes),
      uttered: lives.flatMap(({ uttered }) => uttered)
    }
    Laws.holdOf(left)
    return left
  }).pipe(Effect.provide(SqlJobStore.layerSqlite({ filename: lives.at(-1)?.filename ?? "" })), Effect.orDie)
