import { execFile } from "node:child_process"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

/** A loader that knows no package of this name, as where it is not installed. */
const without = (missing: string) =>
  `data:text/javascript,${encodeURIComponent(`
    import { register } from "node:module"
    register("data:text/javascript," + encodeURIComponent(\`
      export const resolve = (name, context, next) => {
        if (name === "${missing}") throw new Error(name + " is not installed")
        return next(name, context)
      }\`))`)}`

/** What becomes of each door, opened in a process of its own that has no such package. */
const opened = (doors: ReadonlyArray<string>, missing: string) =>
  Effect.async<unknown>((resume) => {
    const flags = ["--conditions=tickwork-source", "--import", "tsx", "--import", without(missing)]
    const code = `
      const said = {}
      for (const door of ${JSON.stringify(doors)}) {
        said[door] = await import(door).then(() => "it opens", ({ message }) => message)
      }
      process.stdout.write(JSON.stringify(said))`
    execFile(process.execPath, [...flags, "--input-type=module", "-e", code], (_, out) =>
      resume(Effect.sync(() => JSON.parse(out)))
    )
  })

describe("a door needs no driver but its own", () => {
  it.live("where @effect/sql-pg is not installed", () =>
    Effect.map(
      opened(["@tickwork/sql", "@tickwork/sql/SqlJobStore", "@tickwork/sql/PgJobStore"], "@effect/sql-pg"),
      (said) =>
        assert.deepStrictEqual(said, {
          "@tickwork/sql": "it opens",
          "@tickwork/sql/SqlJobStore": "it opens",
          "@tickwork/sql/PgJobStore": "@effect/sql-pg is not installed"
        })
    )
  )

  it.live("where @effect/sql-sqlite-node is not installed", () =>
    Effect.map(opened(["@tickwork/sql/PgJobStore", "@tickwork/sql/DatabaseError"], "@effect/sql-sqlite-node"), (said) =>
      assert.deepStrictEqual(said, {
        "@tickwork/sql/PgJobStore": "it opens",
        "@tickwork/sql/DatabaseError": "it opens"
      })
    )
  )
})
