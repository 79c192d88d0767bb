/**
 * Who may read what a new SQLite file holds.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Layer } from "effect"
import { asOrdinaryUser } from "./support/OrdinaryUser.ts"

const withUmask = <A, E, R>(mask: number, effect: Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => process.umask(mask)),
    () => effect,
    (earlier) => Effect.sync(() => process.umask(earlier))
  )

/** The rights of all files in the folder while the store is open. */
const modes = (options: SqlJobStore.SqliteOptions) =>
  Effect.scoped(
    Effect.map(Layer.build(SqlJobStore.layerSqlite(options)), () => {
      const folder = path.dirname(options.filename)
      return fs
        .readdirSync(folder)
        .map((name) => [name, (fs.statSync(path.join(folder, name)).mode & 0o777).toString(8)])
    })
  )

const all = (mode: string) => ["", "-shm", "-wal"].map((suffix) => [`app.db${suffix}`, mode])

describe("a new SQLite file and the two beside it", () => {
  it.scoped("are for their owner alone, whatever the umask", () =>
    Effect.gen(function* () {
      for (const mask of [0o022, 0o000, 0o077]) {
        const filename = yield* TemporaryFile.make
        assert.deepStrictEqual(yield* withUmask(mask, modes({ filename })), all("600"))
      }
    })
  )

  it.scoped("have the rights that the option mode says, whatever the umask", () =>
    Effect.gen(function* () {
      for (const mode of [0o660, 0o644, 0o600]) {
        const filename = yield* TemporaryFile.make
        assert.deepStrictEqual(yield* withUmask(0o077, modes({ filename, mode })), all(mode.toString(8)))
      }
    })
  )

  it.scoped("keep the rights of a file that exists, also of an empty one", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      fs.writeFileSync(filename, "")
      fs.chmodSync(filename, 0o644)
      assert.deepStrictEqual(yield* modes({ filename }), all("644"))
      assert.deepStrictEqual(yield* modes({ filename, mode: 0o660 }), all("644"))
      fs.chmodSync(filename, 0o640)
      assert.deepStrictEqual(yield* modes({ filename }), all("640"))
    })
  )

  it.scoped("are for their owner alone where a link leads to a file that is not there yet", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      const link = path.join(yield* TemporaryFile.folder, "link.db")
      fs.symlinkSync(filename, link)
      yield* withUmask(0, modes({ filename: link }))
      assert.strictEqual(fs.statSync(filename).mode & 0o777, 0o600)
    })
  )

  it.scoped("are not made where the mode is no mode", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      for (const mode of [660, 0, 0o400, 0o066, 0o1600, -1, 1.5, Number.NaN, "0660" as never]) {
        const error = yield* Effect.flip(modes({ filename, mode }))
        assert.strictEqual(error.reason, "invalid option")
        assert.match(error.message, /the mode must be one such as 0o660, .* got \S+\. Correct/)
      }
      assert.deepStrictEqual(fs.readdirSync(path.dirname(filename)), [])
    })
  )

  it.scoped("are refused to another user with the name of the option", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      yield* modes({ filename })
      fs.chmodSync(path.dirname(filename), 0o777)
      for (const layer of [
        SqlJobStore.layerSqlite({ filename }),
        SqlJobStore.layerExisting({ filename, access: "read" })
      ]) {
        const { message, reason } = yield* Effect.flip(asOrdinaryUser(Effect.scoped(Layer.build(layer))))
        assert.strictEqual(reason, "unreadable")
        assert.include(message, "The option mode of layerSqlite")
      }
    })
  )
})
