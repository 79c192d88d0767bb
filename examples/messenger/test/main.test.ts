import { Command, FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { expect } from "vitest"
import { ledger, main, program } from "./support/process.ts"

const timeout = 600_000

const temporary = Effect.flatMap(FileSystem.FileSystem, (fs) =>
  Effect.map(fs.makeTempDirectoryScoped({ prefix: "messenger-" }), (folder) => `${folder}/new/messenger.db`)
)

/** The counts in the closing table. */
const runsOf = (lines: ReadonlyArray<string>, job: string): number => {
  const row = lines.filter((line) => line.startsWith(`${job} `)).at(-1) ?? ""
  return Number(/(\d+) +\d+ +\S+( \d+ \S+)?$/.exec(row)?.[1])
}

const expectSound = (rows: Effect.Effect.Success<ReturnType<typeof ledger>>) => {
  for (const { job, lines, logged, owner, seq, total } of rows) {
    expect({ job, total, lines, owner }).toEqual({ job, total: logged, lines: seq, owner: null })
  }
}

describe("npm start", () => {
  it.scopedLive(
    "stops by itself, prints a line for each run, and goes on counting at a second start",
    () =>
      Effect.gen(function* () {
        const db = yield* temporary
        const first = yield* main("--for", "3s", "--db", db)
        const before = yield* ledger(db)
        expect(first).toMatchObject({ code: 0, errors: "" })
        expect(first.lines[0]).toContain("a new file")
        expect(first.lines.filter((line) => line.startsWith("20"))).toHaveLength(
          before.reduce((sum, { lines }) => sum + lines, 0)
        )
        expect(runsOf(first.lines, "write_messages")).toBe(before.find(({ job }) => job === "write_messages")?.total)

        const second = yield* main("--for", "3 seconds", "--db", db)
        const after = yield* ledger(db)
        expect(second.lines[0]).toContain(`${before.reduce((sum, { total }) => sum + total, 0)} runs so far`)
        expect(runsOf(second.lines, "write_messages")).toBeGreaterThan(runsOf(first.lines, "write_messages"))
        expect(second.output).not.toContain("\u001b")
        expectSound(after)
      }).pipe(Effect.provide(NodeContext.layer)),
    timeout
  )

  it.scopedLive(
    "loses no run and counts none twice after it is killed during one",
    () =>
      Effect.gen(function* () {
        const db = yield* temporary
        const doomed = yield* Command.start(yield* program("./cutShort.ts", db))
        yield* doomed.stdout.pipe(Stream.take(1), Stream.runDrain)
        yield* doomed.kill("SIGKILL")
        yield* Effect.exit(doomed.exitCode)
        expect(yield* ledger(db)).toMatchObject([{ job: "sync_send", total: 0, owner: expect.any(String) }])

        yield* main("--for", "3s", "--db", db)
        const rows = yield* ledger(db)
        expect(rows.find(({ job }) => job === "sync_send")).toMatchObject({ interrupted: 1 })
        expect(rows.find(({ job }) => job === "sync_send")?.total).toBeGreaterThan(1)
        expectSound(rows)
      }).pipe(Effect.provide(NodeContext.layer)),
    timeout
  )

  it.scopedLive(
    "waits for runs under way at SIGTERM and leaves no row claimed",
    () =>
      Effect.gen(function* () {
        const db = yield* temporary
        const running = yield* Command.start(yield* program("../../src/main.ts", "--db", db))
        // the second piece of output comes with the first recorded run: others are under way
        yield* running.stdout.pipe(Stream.take(2), Stream.runDrain)
        yield* running.kill("SIGTERM")
        expect(yield* running.exitCode).toBe(0)
        expectSound(yield* ledger(db))
      }).pipe(Effect.provide(NodeContext.layer)),
    timeout
  )

  it.scopedLive(
    "names a wrong option, and a file that it cannot use, in one line",
    () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const file = yield* fs.makeTempFileScoped()
        yield* fs.writeFileString(file, "no database")
        const badOption = yield* main("--for", "soon")
        const badFile = yield* main("--db", file)
        expect(badOption).toMatchObject({
          code: 2,
          output: "",
          errors: expect.stringMatching(/^--for must be .*, got soon.*\n$/)
        })
        expect(badFile).toMatchObject({ code: 1, output: "", errors: expect.stringMatching(/^.*not a database.*\n$/) })
      }).pipe(Effect.provide(NodeContext.layer)),
    timeout
  )
})
