/**
 * Output that cannot be written is an error; a reader that has closed the pipe makes none.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { NodeContext } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Context, Effect, Layer } from "effect"
import * as Filled from "./support/Filled.ts"
import * as Program from "./support/Program.ts"

class Database extends Context.Tag("test/Database")<Database, string>() {
  static readonly layer = Layer.scoped(
    Database,
    Effect.tap(TemporaryFile.make, (filename) => Filled.sqlite(filename))
  )
}

layer(Layer.merge(Database.layer, NodeContext.layer))("output that cannot be written", (it) => {
  for (const [name, after, reason] of [
    ["a full device", "> /dev/full", "ENOSPC"],
    ["a file that is open for reading alone", "1< /dev/null", "EBADF"]
  ] as const) {
    it.effect(`ends with 3 and one line: ${name}`, () =>
      Effect.gen(function* () {
        const db = yield* Database
        for (const args of [
          ["history", "--limit", "500", "--json", "--db", db],
          ["status", "--db", db],
          ["--help"],
          ["--version"]
        ]) {
          const { code, errors } = yield* Program.redirected("", after, ...args)
          assert.strictEqual(code, 3, args.join(" "))
          assert.match(errors, /^tickwork: The output cannot be written: [^\n]+\n$/)
          assert.include(errors, reason)
        }
      })
    )
  }

  it.scoped("ends with 3 and one line: a file that takes a part of it", () =>
    Effect.gen(function* () {
      const file = path.join(yield* TemporaryFile.folder, "completions")
      const args = ["--completions", "zsh"]
      assert.strictEqual((yield* Program.redirected("", `> ${file}`, ...args)).code, 0)
      const whole = fs.statSync(file).size
      // in blocks of 512 or 1024 bytes
      const { code, errors } = yield* Program.redirected("ulimit -f 2;", `> ${file}`, ...args)
      const part = fs.statSync(file).size
      assert.isTrue(part > 0 && part < whole, `${part} of ${whole}`)
      assert.strictEqual(code, 3)
      assert.match(errors, /^tickwork: The output cannot be written: EFBIG[^\n]+\n$/)
    })
  )

  it.effect("is no error where the reader has closed the pipe", () =>
    Effect.gen(function* () {
      const { code, errors } = yield* Program.cutOff("history", "--db", yield* Database, "--limit", "500", "--json")
      assert.deepStrictEqual([code, errors], [0, ""])
    })
  )
})
