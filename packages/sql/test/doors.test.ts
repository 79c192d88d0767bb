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

const opens = (door: string, missing: string) =>
  Effect.async<string>((resume) => {
    const flags = ["--conditions=tickwork-source", "--import", "tsx", "--import", without(missing)]
    const code = `import("${door}").then(() => process.stdout.write("it opens"), ({ message }) => process.stdout.write(message))`
    execFile(process.execPath, [...flags, "--input-type=module", "-e", code], (_, out) => resume(Effect.succeed(out)))
  })

describe("a door asks for no driver but its own", () => {
  for (const [door, missing] of [
    ["@tickwork/sql", "@effect/sql-pg"],
    ["@tickwork/sql/SqlJobStore", "@effect/sql-pg"],
    ["@tickwork/sql/PgJobStore", "@effect/sql-sqlite-node"],
    ["@tickwork/sql/DatabaseError", "@effect/sql-sqlite-node"]
  ] as const) {
    it.live(
      `${door} opens where ${missing} is not installed`,
      () => Effect.map(opens(door, missing), (said) => assert.strictEqual(said, "it opens")),
      60_000
    )
  }

  it.live(
    "and the driver of its own is missed",
    () =>
      Effect.map(opens("@tickwork/sql/PgJobStore", "@effect/sql-pg"), (said) =>
        assert.strictEqual(said, "@effect/sql-pg is not installed")
      ),
    60_000
  )
})
