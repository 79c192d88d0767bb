/**
 * `--svg` replaces nothing but a picture, and never a file of the database.
 */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { NodeContext } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Context, Effect, Layer, Option } from "effect"
import * as PictureFile from "../src/PictureFile.ts"
import * as Filled from "./support/Filled.ts"
import * as InProcess from "./support/InProcess.ts"

class Database extends Context.Tag("test/Database")<Database, string>() {
  static readonly layer = Layer.scoped(
    Database,
    Effect.tap(TemporaryFile.make, (filename) => Filled.sqlite(filename))
  )
}

const range = ["--since", new Date(Filled.start).toISOString(), "--until", new Date(Filled.end).toISOString()]

const draw = (db: string, svg: string, ...more: ReadonlyArray<string>) =>
  InProcess.run("timeline", "--db", db, ...range, "--svg", svg, ...more)

const picture = /^<svg [\s\S]*<\/svg>\n$/

layer(Layer.merge(Database.layer, NodeContext.layer))("timeline --svg", (it) => {
  const refuses = (db: string, svg: string) =>
    Effect.gen(function* () {
      const { code, errors, output } = yield* draw(db, svg)
      assert.deepStrictEqual([code, output], [2, ""], svg)
      assert.match(errors, /^tickwork: --svg must name a picture, got [^\n]+\n$/)
    })

  it.scoped("refuses the database, what belongs to it, and every link to them", () =>
    Effect.gen(function* () {
      const db = yield* Database
      const folder = yield* TemporaryFile.folder
      const before = fs.readFileSync(db)
      const [link, hard, linkedFolder] = ["link.svg", "hard.svg", "folder"].map((name) => path.join(folder, name))
      fs.symlinkSync(db, link ?? "")
      fs.linkSync(db, hard ?? "")
      fs.symlinkSync(path.dirname(db), linkedFolder ?? "")
      const relative = path.relative(process.cwd(), db)
      const files = [db, link, hard, `${linkedFolder}/app.db`, relative, `${path.dirname(db)}/./app.db`]
      for (const svg of files) {
        yield* refuses(db, svg ?? "")
        yield* refuses(link ?? "", svg ?? "")
      }
      for (const suffix of ["-wal", "-shm", "-journal"]) {
        yield* refuses(db, `${db}${suffix}`)
        yield* refuses(db, `${linkedFolder}/app.db${suffix}`)
        yield* refuses(link ?? "", `${link}${suffix}`)
        yield* refuses(link ?? "", `${db}${suffix}`)
      }
      assert.isTrue(before.equals(fs.readFileSync(db)))
      assert.deepStrictEqual(fs.readdirSync(path.dirname(db)), ["app.db"])
    })
  )

  it.scoped("refuses the files of the database under another name", () =>
    Effect.gen(function* () {
      const db = yield* TemporaryFile.make
      for (const suffix of ["", "-wal", "-shm", "-journal"]) {
        fs.writeFileSync(`${db}${suffix}`, "<svg")
        fs.linkSync(`${db}${suffix}`, `${db}${suffix}.svg`)
        const { message } = yield* Effect.flip(PictureFile.check(`${db}${suffix}.svg`, Option.some(db)))
        assert.include(message, "it is a file of the database")
      }
    })
  )

  it.scoped("refuses a file that is no picture, a folder, a pipe, a device and a dangling link", () =>
    Effect.gen(function* () {
      const db = yield* Database
      const folder = yield* TemporaryFile.folder
      const inFolder = (name: string) => path.join(folder, name)
      fs.writeFileSync(inFolder("notes.svg"), "dear diary")
      fs.writeFileSync(inFolder("empty.svg"), "")
      fs.mkdirSync(inFolder("folder.svg"))
      execFileSync("mkfifo", [inFolder("pipe.svg")])
      fs.symlinkSync(inFolder("nowhere"), inFolder("dangling.svg"))
      const names = fs.readdirSync(folder)
      for (const name of names) yield* refuses(db, inFolder(name))
      yield* refuses(db, "/dev/null")
      yield* refuses(db, "")
      assert.strictEqual(fs.readFileSync(inFolder("notes.svg"), "utf8"), "dear diary")
      assert.deepStrictEqual(fs.readdirSync(folder), names)
    })
  )

  it.scoped("replaces an earlier picture as a whole, where a link leads, and keeps its rights", () =>
    Effect.gen(function* () {
      const db = yield* Database
      const folder = yield* TemporaryFile.folder
      const [svg, link, copy] = ["a.svg", "link.svg", "copy.svg"].map((name) => path.join(folder, name))
      assert.strictEqual((yield* draw(db, svg ?? "")).code, 0)
      fs.chmodSync(svg ?? "", 0o640)
      fs.writeFileSync(svg ?? "", "<svg an earlier picture")
      fs.symlinkSync(svg ?? "", link ?? "")
      fs.linkSync(svg ?? "", copy ?? "")
      assert.strictEqual((yield* draw(db, link ?? "")).code, 0)
      assert.match(fs.readFileSync(svg ?? "", "utf8"), picture)
      assert.strictEqual(fs.statSync(svg ?? "").mode & 0o777, 0o640)
      // a reader that has the earlier one open still sees it whole
      assert.strictEqual(fs.readFileSync(copy ?? "", "utf8"), "<svg an earlier picture")
      assert.deepStrictEqual(fs.readdirSync(folder).sort(), ["a.svg", "copy.svg", "link.svg"])
    })
  )

  it.scoped("ends with 1 and one line where the folder does not exist, and leaves nothing behind", () =>
    Effect.gen(function* () {
      const db = yield* Database
      const folder = yield* TemporaryFile.folder
      const { code, errors } = yield* draw(db, path.join(folder, "none", "a.svg"))
      assert.strictEqual(code, 1)
      assert.match(errors, /^tickwork: Cannot write the picture to [^\n]+\n$/)
      assert.deepStrictEqual(fs.readdirSync(folder), [])
    })
  )
})
