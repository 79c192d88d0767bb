/**
 * The line that goes on from a page: ready to be run, and without a password.
 */
import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import * as DatabaseCommand from "../src/DatabaseCommand.ts"

const again = (db: string | null, prefix = "") =>
  DatabaseCommand.again("history", { db: Option.fromNullable(db), prefix, json: false })

describe("the line for the next page", () => {
  it("names the database and the prefix as they were given", () => {
    assert.deepStrictEqual(again("my app.db", "app_"), [
      ...["tickwork", "history", "--db", "my app.db", "--prefix", "app_"]
    ])
    assert.deepStrictEqual(again(null), ["tickwork", "history"])
    assert.deepStrictEqual(again("postgres://ada@db.example/app"), [
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
      assert.deepStrictEqual(again(url), ["tickwork", "history"])
    }
  })

  it("is one that a shell takes apart into the same words", () => {
    assert.strictEqual(DatabaseCommand.quoted("it's $HOME"), "'it'\\''s $HOME'")
    assert.strictEqual(DatabaseCommand.quoted("app.db"), "app.db")
    assert.strictEqual(DatabaseCommand.quoted(""), "''")
  })
})
