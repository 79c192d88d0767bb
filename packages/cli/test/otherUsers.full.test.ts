/**
 * A read by another user leaves nothing beside the database, and takes no right from its owner.
 */
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import * as Bundle from "@tickwork/test-support/Bundle"
import * as Rights from "@tickwork/test-support/Rights"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Layer } from "effect"
import * as Filled from "./support/Filled.ts"

const bundle = Bundle.of(new URL("../src/main.ts", import.meta.url))

const group = 65_533
const ada = { uid: 65_532, gid: group }
const bob = { uid: 65_531, gid: group }

interface Ended {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

/** Runs the program as a user. */
const runAs = (user: typeof ada, ...args: ReadonlyArray<string>) =>
  Effect.flatMap(bundle, (program) =>
    Effect.async<Ended>((resume) => {
      const env = { PATH: process.env.PATH, NODE_OPTIONS: "", TMPDIR: "/tmp" }
      const running = spawn(process.execPath, [program, ...args], { ...user, env, cwd: "/" })
      let [output, errors] = ["", ""]
      running.stdout.setEncoding("utf8").on("data", (text: string) => {
        output += text
      })
      running.stderr.setEncoding("utf8").on("data", (text: string) => {
        errors += text
      })
      running.on("close", (code) => resume(Effect.succeed({ code, output, errors })))
    })
  )

/** A database of ada's, in a folder of hers with these rights. */
const ofAda = (folderMode: number, fileMode = 0o644) =>
  Effect.gen(function* () {
    const db = yield* TemporaryFile.make
    yield* Filled.sqlite(db)
    fs.chownSync(db, ada.uid, group)
    fs.chmodSync(db, fileMode)
    fs.chownSync(path.dirname(db), ada.uid, group)
    fs.chmodSync(path.dirname(db), folderMode)
    return db
  })

const seen = (db: string) =>
  fs.readdirSync(path.dirname(db)).map((name) => {
    const { mode, mtimeMs, size, uid } = fs.statSync(path.join(path.dirname(db), name))
    return { name, mode, mtimeMs, size, uid }
  })

const reads: ReadonlyArray<ReadonlyArray<string>> = [["status"], ["history"], ["doctor"], ["timeline"], ["stats"]]

const isSuperuser = process.getuid?.() === 0
const isReachable = Rights.isOpenToAll(import.meta.dirname)

if (!isReachable) console.warn(`Reads by another user are NOT TESTED: others cannot enter ${import.meta.dirname}`)

// it takes a superuser to become two others
describe.skipIf(!isSuperuser || !isReachable)("a read by another user", () => {
  it.scopedLive("leaves nothing in a folder that both may write to, and the owner goes on", () =>
    Effect.gen(function* () {
      const db = yield* ofAda(0o2775)
      const before = seen(db)
      for (const command of reads) {
        const { code, errors } = yield* runAs(bob, ...command, "--db", db)
        assert.deepStrictEqual([code, errors], [0, ""], command.join(" "))
        assert.deepStrictEqual(seen(db), before, command.join(" "))
      }
      const paused = yield* runAs(ada, "pause", "sync_send", "--db", db, "--wait", "0s")
      assert.deepStrictEqual([paused.code, paused.errors], [0, ""])
      const { output } = yield* runAs(bob, "explain", "sync_send", "--db", db)
      assert.include(output.replaceAll(/\s+/g, " "), "pause")
    })
  )

  it.scopedLive("works in a folder that the user may not write to, and leaves nothing there", () =>
    Effect.gen(function* () {
      const db = yield* ofAda(0o755)
      const before = seen(db)
      for (const command of reads) {
        const { code, errors } = yield* runAs(bob, ...command, "--db", db)
        assert.deepStrictEqual([code, errors], [0, ""], command.join(" "))
        assert.deepStrictEqual(seen(db), before)
      }
    })
  )

  it.scopedLive("works while the application has it open, and says which file it may not read", () =>
    Effect.gen(function* () {
      const db = yield* ofAda(0o755)
      yield* Layer.build(SqlJobStore.layerSqlite({ filename: db }))
      const files = () => seen(db).map(({ name, uid }) => ({ name, uid }))
      const before = files()
      assert.lengthOf(before, 3)
      const { code, errors } = yield* runAs(bob, "status", "--db", db)
      assert.deepStrictEqual([code, errors], [0, ""])
      assert.deepStrictEqual(files(), before)
      fs.chmodSync(`${db}-shm`, 0o600)
      const refused = yield* runAs(bob, "status", "--db", db)
      assert.strictEqual(refused.code, 3)
      assert.match(refused.errors, /app\.db: this user may not read \S+app\.db-shm, which belongs to user 65532\./)
      assert.deepStrictEqual(files(), before)
    })
  )

  it.scopedLive("leaves nothing where the write-ahead log of a killed process lies alone", () =>
    Effect.gen(function* () {
      const db = yield* ofAda(0o2775)
      const copy = path.join(path.dirname(db), "copy.db")
      yield* Effect.scoped(
        Effect.zipRight(
          Layer.build(SqlJobStore.layerSqlite({ filename: db })),
          Effect.sync(() => {
            for (const suffix of ["", "-wal"]) fs.copyFileSync(db + suffix, copy + suffix)
          })
        )
      )
      const before = seen(db)
      for (const user of [bob, ada, { uid: 0, gid: 0 }]) {
        const { code, errors } = yield* runAs(user, "status", "--db", copy)
        assert.deepStrictEqual([code, errors], [0, ""])
        assert.deepStrictEqual(seen(db), before)
      }
    })
  )

  it.scopedLive("is refused by name where the file may not be read", () =>
    Effect.gen(function* () {
      const db = yield* ofAda(0o755, 0o600)
      const { code, errors } = yield* runAs(bob, "status", "--db", db)
      assert.strictEqual(code, 3)
      assert.match(errors, /^tickwork: \S+app\.db: [^\n]+ Run this as a user who may read it[^\n]*\n$/)
    })
  )

  it.scopedLive("is followed by a request that says which file the user may not write to, and whose it is", () =>
    Effect.gen(function* () {
      const db = yield* ofAda(0o2777, 0o666)
      yield* Layer.build(SqlJobStore.layerSqlite({ filename: db }))
      fs.chmodSync(`${db}-wal`, 0o644)
      const { code, errors } = yield* runAs(bob, "pause", "sync_send", "--db", db)
      assert.strictEqual(code, 3)
      assert.match(errors, /this user may not write to \S+app\.db-wal, which belongs to user \d+\./)
    })
  )
})
