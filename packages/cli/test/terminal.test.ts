/**
 * The program on a terminal: colours, width, and the table that watch redraws.
 */
import { stripVTControlCharacters } from "node:util"
import { NodeContext } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Context, Effect, Layer, Stream } from "effect"
import stringWidth from "string-width"
import * as Filled from "./support/Filled.ts"
import * as Program from "./support/Program.ts"

class Database extends Context.Tag("test/Database")<Database, string>() {
  static readonly layer = Layer.scoped(
    Database,
    Effect.tap(TemporaryFile.make, (filename) => Filled.sqlite(filename))
  )
}

const preload = `--import ${new URL("support/terminal.mjs", import.meta.url).href}`

const terminal = (size: string) => ({ NODE_OPTIONS: preload, TERMINAL: size })

const enter = "\u001b[?1049h\u001b[?25l"
const leave = "\u001b[?25h\u001b[?1049l"

const range = ["--since", new Date(Filled.start).toISOString(), "--until", new Date(Filled.end).toISOString()]

/** The lines that a terminal shows, but the command of the next page, which is never broken. */
const shown = (text: string): ReadonlyArray<string> =>
  stripVTControlCharacters(text)
    .split(/\r?\n/)
    .filter((line) => !line.startsWith("More: tickwork "))

layer(Layer.merge(Database.layer, NodeContext.layer))("on a terminal", (it) => {
  it.effect("every command prints in colours, but under NO_COLOR, and no line wider than the terminal", () =>
    Effect.gen(function* () {
      const db = yield* Database
      const commands = [
        ["status"],
        ["history", "--limit", "12"],
        ["explain", "upload", "--key", "grace"],
        ["stats", ...range],
        ["timeline", ...range],
        ["next"]
      ]
      const all = yield* Effect.forEach(
        commands,
        (command) => Program.runIn(terminal("80x24"), ...command, "--db", db),
        { concurrency: 2 }
      )
      for (const [index, { output }] of all.entries()) {
        assert.include(output, "\u001b[", commands[index]?.[0])
        for (const line of shown(output)) assert.isAtMost(stringWidth(line), 80, line)
      }
      const plain = yield* Program.runIn({ ...terminal("80x24"), NO_COLOR: "1" }, "status", "--db", db)
      assert.notInclude(plain.output, "\u001b")
    })
  )

  it.effect("watch draws within the alternate screen and restores the terminal at its end", () =>
    Effect.gen(function* () {
      const db = yield* Database
      const { code, errors, output } = yield* Program.runIn(terminal("80x10"), "watch", "--db", db, "--for", "1s")
      assert.deepStrictEqual([code, errors], [0, ""])
      assert.isTrue(output.startsWith(enter))
      assert.isTrue(output.endsWith(leave))
      const screens = output.slice(enter.length, -leave.length).split("\u001b[H").slice(1)
      assert.isAtLeast(screens.length, 1)
      for (const screen of screens) {
        assert.match(screen, /hangs/)
        assert.isAtMost(shown(screen).length, 10)
        for (const line of shown(screen)) assert.isAtMost(stringWidth(line), 80, line)
      }
    })
  )

  it.scoped("watch restores the terminal when it is interrupted", () =>
    Effect.gen(function* () {
      const watching = yield* Program.startIn(terminal("200x40"), "watch", "--db", yield* Database)
      // the first screen is the signal to interrupt it
      const output = yield* watching.stdout.pipe(
        Stream.decodeText(),
        Stream.tap((text) => (text.includes("hangs") ? Effect.forkDaemon(watching.kill("SIGINT")) : Effect.void)),
        Stream.mkString
      )
      assert.isTrue(output.startsWith(enter))
      assert.isTrue(output.endsWith(leave))
      assert.strictEqual(yield* watching.exitCode, 0)
    })
  )
})
