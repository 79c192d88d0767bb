/**
 * A password in the name of the database is never shown, whatever becomes of the command.
 */
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Option } from "effect"
import * as DatabaseCommand from "../src/DatabaseCommand.ts"
import * as Filled from "./support/Filled.ts"
import * as InProcess from "./support/InProcess.ts"
import * as Program from "./support/Program.ts"

/** One line without the password, and the exit code. */
const said = (code: number, message: RegExp, ended: { code: number; errors: string; output: string }) => {
  assert.match(ended.errors, /^tickwork: [^\n]+\n$/)
  assert.match(ended.errors, message)
  assert.notInclude(ended.errors + ended.output, "S3CRET")
  assert.deepStrictEqual([ended.code, ended.output], [code, ""])
}

const otherKinds = [
  "mysql://ada:S3CRET@localhost/app",
  "libsql://localhost/app?password=S3CRET",
  "postgres:/ada:S3CRET@localhost/app",
  "postgres:ada:S3CRET@localhost/app",
  "ada:S3CRET@localhost/app",
  "host=localhost password=S3CRET dbname=app",
  "'host=localhost password = S3CRET'"
]

const unusable: ReadonlyArray<readonly [string, RegExp]> = [
  ["postgres://ada:12/S3CRET@127.0.0.1:1/app", /127\.0\.0\.1:1\/app: .*%2F/],
  ["postgres://ada:12?S3CRET@127.0.0.1:1/app", /the database: .*%3F/],
  ["postgres://ada:S3CRET@[::1/app", /the URL must be one such as/]
]

const unreachable = [
  '"postgres://ada:S3CRET@127.0.0.1:1/app"',
  "'postgres://ada:S3CRET@127.0.0.1:1/app'",
  " postgres://ada:S3CRET@127.0.0.1:1/app",
  '\t"postgresql://ada:S3CRET@127.0.0.1:1/app" \n',
  "postgres://127.0.0.1:1/app?user=ada&password=S3CRET"
]

const onNode = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.provide(effect, NodeContext.layer)

describe("a password in the name of the database", () => {
  it.effect("is not shown where the name is a URL of another kind", () =>
    onNode(
      Effect.forEach(otherKinds, (db) =>
        Effect.map(InProcess.run("status", "--db", db), (ended) => said(2, /a URL of another kind/, ended))
      )
    )
  )

  it.effect("is not shown where the URL cannot be used", () =>
    onNode(
      Effect.forEach(unusable, ([db, message]) =>
        Effect.map(InProcess.run("status", "--db", db), (ended) => said(2, message, ended))
      )
    )
  )

  it.effect("is not shown where the server cannot be reached, with quotes and blanks around the URL", () =>
    onNode(
      Effect.forEach(unreachable, (db) =>
        Effect.map(InProcess.run("status", "--db", db), (ended) => said(3, /^tickwork: 127\.0\.0\.1:1\/app: /, ended))
      )
    )
  )

  it.effect("is not shown where TICKWORK_DB has it", () =>
    onNode(
      Effect.gen(function* () {
        const [quoted = ""] = unreachable
        said(3, /^tickwork: 127\.0\.0\.1:1\/app: /, yield* Program.runIn({ TICKWORK_DB: quoted }, "status"))
        const [other = ""] = otherKinds
        said(2, /a URL of another kind/, yield* Program.runIn({ TICKWORK_DB: other }, "status"))
      })
    )
  )

  it.effect("is not shown where the URL stands in another place", () =>
    onNode(
      Effect.map(InProcess.run("postgres://ada:S3CRET@localhost/app"), (ended) =>
        said(2, /There is no command "postgres:\/\/…@localhost\/app"/, ended)
      )
    )
  )

  it("is in no hint of the next command", () => {
    const shown = (db: string) =>
      DatabaseCommand.wordsOf("history", { db: Option.some(db), prefix: "", schema: "", json: false }).join(" ")
    for (const db of [...otherKinds, ...unusable.map(([db]) => db), ...unreachable])
      assert.strictEqual(shown(db), "tickwork history", db)
    for (const db of ["app.db", "/srv/me@work/app.db", "postgres://localhost:5432/app", "postgres://ada@localhost/app"])
      assert.strictEqual(shown(db), `tickwork history --db ${db}`)
  })

  it.scoped("is taken for none in the name of a file, which may stand in quotes", () =>
    onNode(
      Effect.gen(function* () {
        const db = yield* TemporaryFile.make
        yield* Filled.sqlite(db)
        for (const name of [db, `"${db}"`, `'${db}'`])
          assert.strictEqual((yield* InProcess.run("status", "--db", name)).code, 0)
      })
    )
  )
})
