import * as fs from "node:fs"
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Context, Effect, Layer, Logger, Schedule, type Scope } from "effect"
import { Job, Jobs } from "tickwork"
import * as Daemon from "./support/Daemon.ts"

const second = 1000
const all = { atMost: 1000 }

/** One that takes its time, so that it is under way when the cause comes, and one that writes for itself. */
const jobs: Daemon.Of = (noting) =>
  Jobs.make(
    Job.make("takes a while", {}, (run) => noting(run, Effect.sleep("8 seconds"))).pipe(
      Job.every("20 seconds"),
      Job.missed("all", all),
      Job.parallel
    ),
    Job.make("transfers", {}, (run) => noting(run, Daemon.write(run.runKey))).pipe(
      Job.every("10 seconds"),
      Job.missed("all", all),
      Job.retry(Schedule.spaced("5 seconds")),
      Job.retryUnexpected(Schedule.spaced("5 seconds")),
      Job.transactional
    )
  )

type Started = Effect.Effect.Success<ReturnType<typeof Daemon.start>>

/** A cause that comes and goes away again; `says` is a word of what health tells meanwhile. */
interface Trouble {
  readonly begin: (
    started: Started,
    filename: string
  ) => Effect.Effect<Effect.Effect<void, unknown>, unknown, Scope.Scope>
  readonly says: string
}

const sqlOf = (filename: string) =>
  Effect.map(Layer.build(Layer.fresh(SqliteClient.layer({ filename }))), Context.get(SqlClient.SqlClient))

/** Overwrites all but the first page; answers how to put back what was there. */
const overwritten = (filename: string) => {
  const good = fs.readFileSync(filename)
  const write = (contents: Buffer) => {
    const file = fs.openSync(filename, "r+")
    fs.writeSync(file, contents, 4096, undefined, 4096)
    fs.closeSync(file)
  }
  write(Buffer.alloc(good.length, 0xa5))
  return () => write(good)
}

const troubles: Record<string, Trouble> = {
  "that somebody else has locked": {
    begin: (_, filename) =>
      Effect.gen(function* () {
        const other = yield* sqlOf(filename)
        yield* other`BEGIN IMMEDIATE`
        return Effect.asVoid(other`ROLLBACK`)
      }),
    says: "locked"
  },
  "that is full": {
    begin: ({ sql }) =>
      Effect.gen(function* () {
        // each line of the log needs a new page
        yield* sql`CREATE TABLE filler (x)`
        yield* sql`CREATE TRIGGER grows AFTER INSERT ON job_entry
          BEGIN INSERT INTO filler VALUES (zeroblob(5000)); END`
        const [row] = yield* sql<{ pages: number }>`SELECT page_count AS pages FROM pragma_page_count`
        yield* sql.unsafe(`PRAGMA max_page_count = ${row?.pages ?? 1}`)
        return Effect.asVoid(sql.unsafe("PRAGMA max_page_count = 1000000"))
      }),
    says: "full"
  },
  "whose pages were overwritten": {
    begin: ({ sql }, filename) =>
      Effect.gen(function* () {
        yield* sql`PRAGMA wal_checkpoint(TRUNCATE)`
        const restore = overwritten(filename)
        yield* sql`PRAGMA shrink_memory`
        return Effect.sync(restore)
      }),
    says: "malformed"
  },
  "that was moved away": {
    begin: (_, filename) =>
      Effect.sync(() => {
        const move = (from: string, to: string) => {
          for (const part of ["", "-wal", "-shm"]) fs.renameSync(from + part, to + part)
        }
        move(filename, `${filename}-away`)
        return Effect.sync(() => move(`${filename}-away`, filename))
      }),
    says: "moved or replaced"
  }
}

describe("a database", () => {
  for (const [name, { begin, says }] of Object.entries(troubles)) {
    it.scoped(`${name} delays runs, and loses and doubles none: health tells why, and all goes on by itself`, () =>
      Effect.gen(function* () {
        const filename = yield* TemporaryFile.make
        const started = yield* Daemon.start({ filename, jobs })
        const { events, notes, stop, tick, time } = started
        yield* time.advance(23 * second)
        const end = yield* begin(started, filename)
        yield* time.advance(97 * second)
        const { store } = yield* tick.health
        assert.isFalse(store.isReachable)
        assert.include(store.error, says)
        assert.isDefined(
          events.find(({ _tag }) => _tag === "StoreFailed"),
          "an event tells of it"
        )
        const [early, later] = notes.filter(({ run }) => run.jobName === "takes a while")
        assert.isTrue(early?.hasEnded && later?.hasEnded, "what was under way has ended")

        yield* end
        yield* time.advance(180 * second)
        assert.isTrue((yield* tick.health).store.isReachable)
        const { instances } = yield* stop
        for (const { lines, state } of instances) {
          const succeeded = lines.filter(({ status }) => status === "success").map(({ scheduledAt }) => scheduledAt)
          assert.isAbove(succeeded.length, 10, `${state.jobName} goes on`)
          assert.strictEqual(new Set(succeeded).size, succeeded.length, `${state.jobName} runs each instant once`)
        }
      }).pipe(Daemon.run, Effect.provide(Logger.remove(Logger.defaultLogger)))
    )
  }
})
