/**
 * The words of a command line, read and printed.
 */
import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import * as CommandLine from "../src/CommandLine.ts"
import * as DatabaseCommand from "../src/DatabaseCommand.ts"

const wordsOf = (db: string | null, prefix = "") =>
  DatabaseCommand.wordsOf("history", { db: Option.fromNullable(db), prefix, schema: "", json: false })

describe("the command for the next page", () => {
  it("names the database and the prefix as they were given", () => {
    assert.deepStrictEqual(wordsOf("my app.db", "app_"), [
      ...["tickwork", "history", "--db", "my app.db", "--prefix", "app_"]
    ])
    assert.deepStrictEqual(wordsOf(null), ["tickwork", "history"])
    assert.deepStrictEqual(wordsOf("postgres://ada@db.example/app"), [
      ...["tickwork", "history", "--db", "postgres://ada@db.example/app"]
    ])
  })

  it("never holds a password, wherever a URL has one", () => {
    for (const url of [
      "postgres://ada:hunter2@db.example/app",
      "POSTGRESQL://ada:hunter2@db.example/app",
      "postgres://db.example/app?user=ada&password=hunter2",
      "postgres://ada:hunter2@db example:x/app"
    ]) {
      assert.deepStrictEqual(wordsOf(url), ["tickwork", "history"])
    }
  })

  it("is quoted so that a shell reads the same words", () => {
    assert.strictEqual(CommandLine.quote("it's $HOME"), "'it'\\''s $HOME'")
    assert.strictEqual(CommandLine.quote("app.db"), "app.db")
    assert.strictEqual(CommandLine.quote(""), "''")
  })
})

describe("the command that a command line names", () => {
  it("is its first word that is neither a global option nor the value of one", () => {
    const commandOf = (line: string) => CommandLine.commandOf(line.split(" "))
    assert.strictEqual(commandOf("--db status history --json"), "history")
    assert.strictEqual(commandOf("--json --prefix app_ next sync_send"), "next")
    assert.strictEqual(commandOf("--completions bash"), undefined)
    assert.strictEqual(commandOf("--json -- status"), undefined)
  })
})
