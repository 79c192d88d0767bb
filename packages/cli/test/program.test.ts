/**
 * Each command as a process, on a database that an application has filled.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { Command } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, layer } from "@effect/vitest"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Context, Effect, Layer } from "effect"
import * as Filled from "./support/Filled.ts"
import * as InProcess from "./support/InProcess.ts"
import * as Program from "./support/Program.ts"

class Database extends Context.Tag("test/Database")<Database, string>() {
  static readonly layer = Layer.scoped(
    Database,
    Effect.tap(TemporaryFile.make, (filename) => Filled.sqlite(filename))
  )
}

const range = ["--since", new Date(Filled.start).toISOString(), "--until", new Date(Filled.end).toISOString()]

const shared = Layer.merge(Database.layer, NodeContext.layer)

layer(shared)("tickwork", (it) => {
  const ofDatabase = (name: string, test: (db: string) => Effect.Effect<void, unknown, NodeContext.NodeContext>) =>
    it.effect(name, () => Effect.flatMap(Database, test))

  ofDatabase("shows the state of every job and leaves the file as it is", (db) =>
    Effect.gen(function* () {
      const before = fs.readFileSync(db)
      const { code, errors, output } = yield* Program.run("status", "--db", db)
      assert.deepStrictEqual([code, errors], [0, ""])
      assert.match(output, /^job +key +last run +status/)
      assert.match(output, /upload +grace .*5 failed in a row: offline \\u\{1b\}\[2J and \\u\{202e\}gone\n/)
      assert.isTrue(before.equals(fs.readFileSync(db)))
      assert.deepStrictEqual(
        fs.readdirSync(path.dirname(db)).filter((name) => name.endsWith("-look")),
        []
      )
    })
  )

  ofDatabase("takes global options before and after the command, and the database from TICKWORK_DB", (db) =>
    Effect.gen(function* () {
      const [before, after, variable] = yield* Effect.all([
        Program.run("--json", "--db", db, "status", "sync_send"),
        Program.run("status", "sync_send", "--db", db, "--json"),
        Program.runIn({ TICKWORK_DB: db }, "status", "--json", "sync_send")
      ])
      const jobs = [before, after, variable].map(({ output }) => JSON.parse(output).jobs)
      assert.deepStrictEqual(jobs[0], jobs[1])
      assert.deepStrictEqual(jobs[0], jobs[2])
      const [{ key, lastStatus, nextAt, state, totalRuns }] = jobs[0]
      assert.deepStrictEqual(
        { key, lastStatus, nextAt, state, totalRuns },
        { key: "", lastStatus: "success", nextAt: Filled.start + 600_000, state: "overdue", totalRuns: 10 }
      )
    })
  )

  ofDatabase("says how many instances it leaves out", (db) =>
    Effect.gen(function* () {
      const { lines } = yield* InProcess.run("status", "--db", db, "--limit", "3")
      assert.match(lines.join("\n"), /\nand 5 more: --limit 8 shows them\n$/)
    })
  )

  ofDatabase("pages through the log without losing or repeating an entry", (db) =>
    Effect.gen(function* () {
      const all = (yield* InProcess.json("history", "--db", db, "--limit", "100")).answer
      const first = yield* InProcess.run("history", "--db", db, "--limit", "20")
      const [, again = ""] = /More: tickwork (.*)\n$/.exec(first.output) ?? []
      const words = again.split(" ").map((word) => word.replace(/^'(.*)'$/, "$1"))
      const second = (yield* InProcess.json(...words)).answer
      const names = (entries: ReadonlyArray<{ entry: string }>) => entries.map(({ entry }) => entry)
      assert.deepStrictEqual(names(second.entries), names(all.entries.slice(20, 40)))
      assert.isNull(all.next)
    })
  )

  ofDatabase("filters the log by job, key, status and time", (db) =>
    Effect.gen(function* () {
      const { answer } = yield* Program.json(
        ...["history", "upload", "--db", db, "--key", "grace", "--status", "error"],
        ...["--since", "2026-03-29 00:02", "--until", "2026-03-29 00:03"]
      )
      const found = answer.entries.map(({ attempt, error, startedAt }: Record<string, unknown>) => [
        attempt,
        startedAt,
        error
      ])
      const at = (ms: number) => Filled.start + 120_000 + ms
      const error = "offline \\u{1b}[2J and \\u{202e}gone"
      assert.deepStrictEqual(found, [
        [3, at(20_040), error],
        [2, at(10_040), error],
        [1, at(40), error]
      ])
    })
  )

  ofDatabase("finds a run by one of its log entries and by its run key", (db) =>
    Effect.gen(function* () {
      const run = `upload/grace/${Filled.start}`
      const byEntry = yield* InProcess.json("show", "upload/grace#2", "--db", db)
      const byKey = yield* InProcess.json("show", run, "--db", db)
      assert.deepStrictEqual(byEntry.answer.entries, byKey.answer.entries)
      assert.deepStrictEqual(
        byKey.answer.entries.map(({ attempt, run }: Record<string, unknown>) => [attempt, run]),
        [1, 2, 3].map((attempt) => [attempt, run])
      )
    })
  )

  ofDatabase("shows the next starts, the reasons, the figures and a chart", (db) =>
    Effect.gen(function* () {
      const [next, explain, stats, timeline] = yield* Effect.all(
        [
          InProcess.json("next", "--db", db, "--limit", "2"),
          InProcess.json("explain", "purge_expired", "--db", db),
          InProcess.json("stats", "upload", "--db", db, ...range),
          InProcess.run("timeline", "--db", db, ...range)
        ],
        { concurrency: 2 }
      )
      assert.deepStrictEqual(next.answer.next[0].paused, { at: Filled.start, by: "alice", why: "the server moves" })
      assert.match(explain.answer.sentence, /^purge_expired was paused at /)
      const [upload] = stats.answer.jobs
      assert.deepStrictEqual([upload.runs, upload.errors, upload.verdicts.ran], [20, 15, 10])
      assert.match(timeline.output, /sync_send +│/)
      assert.notInclude(timeline.output, "seed")
      assert.notInclude(timeline.output, "energy")
    })
  )

  ofDatabase("draws a chart into a file", (db) =>
    Effect.gen(function* () {
      const file = `${db}.svg`
      const { code, output } = yield* InProcess.run("timeline", "sync_send", "--db", db, ...range, "--svg", file)
      assert.strictEqual(code, 0)
      assert.include(output, file)
      assert.match(fs.readFileSync(file, "utf8"), /^<svg [\s\S]*sync_send[\s\S]*<\/svg>\n$/)
    })
  )

  ofDatabase("finds nothing wrong in what an application has left", (db) =>
    Effect.gen(function* () {
      const { answer, code } = yield* InProcess.json("doctor", "--db", db)
      assert.strictEqual(code, 0)
      assert.strictEqual(answer.errors, 0)
      assert.deepStrictEqual(answer.findings, [])
      assert.strictEqual(answer.zoneData, process.versions.tz)
      const { output } = yield* InProcess.run("doctor", "--db", db)
      assert.match(output, /^Time zone data of this process: 20\d\d[a-z]\.\nNo findings; checked in /)
    })
  )

  ofDatabase("stores a request, and says that it is pending while no application runs", (db) =>
    Effect.gen(function* () {
      const trigger = yield* InProcess.run(
        ...["trigger", "welcome", "--db", db, "--by", "ada", "--why", "to see \u001b[2J it", "--wait", "0s"]
      )
      assert.strictEqual(trigger.code, 0)
      assert.match(trigger.output, /^welcome: the trigger request is pending\./)
      const { answer } = yield* InProcess.json("explain", "welcome", "--db", db)
      const [{ by, verb, why }] = answer.requests
      assert.deepStrictEqual([verb, by, why], ["trigger", "ada", "to see \\u{1b}[2J it"])
      const { output } = yield* InProcess.run("explain", "welcome", "--db", db)
      assert.include(output, "trigger by ada: to see \\u{1b}[2J it")
    })
  )

  ofDatabase("ends without an error when its reader closes the pipe", (db) =>
    Effect.gen(function* () {
      const { code, errors } = yield* Program.cutOff("history", "--db", db, "--limit", "100")
      assert.deepStrictEqual([code, errors], [0, ""])
    })
  )

  ofDatabase("draws the whole log, from its oldest entry on, where no start is named", (db) =>
    Effect.gen(function* () {
      const { answer } = yield* InProcess.json("timeline", "--db", db)
      const first = answer.entries[0].startedAt
      assert.strictEqual(answer.from, first)
      assert.isTrue(answer.entries.every(({ startedAt }: { readonly startedAt: number }) => startedAt >= first))
      assert.strictEqual(
        answer.entries.length,
        (yield* InProcess.json("history", "--db", db, "--limit", "500")).answer.entries.length
      )
    })
  )

  ofDatabase("counts the attempts of a job alike in status, stats and explain", (db) =>
    Effect.gen(function* () {
      const all = ["--since", new Date(Filled.start).toISOString()]
      const [status, stats, explain] = yield* Effect.all([
        InProcess.json("status", "sync_send", "--db", db),
        InProcess.json("stats", "sync_send", "--db", db, ...all),
        InProcess.run("explain", "sync_send", "--db", db)
      ])
      const [{ totalErrors, totalRuns }] = status.answer.jobs
      const [{ errors, runs }] = stats.answer.jobs
      assert.deepStrictEqual([runs, errors], [totalRuns, totalErrors])
      assert.match(explain.output, new RegExp(`\nattempts +${totalRuns} in all, ${totalErrors} failed\n`))
      const text = yield* InProcess.run("stats", "sync_send", "--db", db, ...all)
      assert.match(text.output, /^Began 2026-03-29 00:00:00 to .*:\njob +attempts +failed /)
    })
  )

  it.scoped("marks in a chart up to when log entries were pruned", () =>
    Effect.gen(function* () {
      const db = yield* TemporaryFile.make
      yield* Filled.sqlite(db)
      yield* InProcess.run("prune", "--job", "sync_send", "--keep", "2", "--db", db)
      const { answer } = yield* InProcess.json("timeline", "--db", db)
      const [first] = answer.entries.filter(({ job }: { readonly job: string }) => job === "sync_send")
      assert.deepStrictEqual(answer.pruned, [{ job: "sync_send", to: first.startedAt }])
      const until = new Date(Filled.end).toISOString()
      assert.include((yield* InProcess.run("timeline", "--db", db, "--until", until)).output, "┄ pruned")
    })
  )

  it.effect("has help of at most 80 columns, which says what each option is", () =>
    Effect.gen(function* () {
      for (const command of ["", "status", "history", "stats", "timeline", "pause", "enqueue", "forget", "prune"]) {
        const { lines, output } = yield* InProcess.run(...(command === "" ? [] : [command]), "--help")
        if (command !== "") for (const line of lines) assert.isAtMost(line.length, 80, `${command}: ${line}`)
        assert.notInclude(output, "A user-defined piece of text")
      }
      const { lines } = yield* Program.runIn({ COLUMNS: "80" }, "--help")
      for (const line of lines) assert.isAtMost(line.length, 80)
    })
  )

  it.effect("runs in a checkout by npm run tickwork, without a build", () =>
    Effect.gen(function* () {
      const root = fileURLToPath(new URL("../../..", import.meta.url))
      const npm = Command.make("npm", "run", "--silent", "tickwork", "--", "--version")
      const printed = yield* Command.string(npm.pipe(Command.workingDirectory(root), Command.env({ NODE_OPTIONS: "" })))
      assert.match(printed.trim(), /^\d+\.\d+\.\d+$/)
    })
  )

  it.effect("prints its version, its help and a completion script for each shell", () =>
    Effect.gen(function* () {
      const { version } = JSON.parse(fs.readFileSync(new URL("../package.json", import.meta.url), "utf8"))
      const [printed, help, bash, zsh, fish] = yield* Effect.all(
        [["--version"], ["history", "--help"], ...["bash", "zsh", "fish"].map((shell) => ["--completions", shell])].map(
          (args) => Program.run(...args)
        ),
        { concurrency: 2 }
      )
      assert.strictEqual(printed?.output.trim(), version)
      assert.match(help?.output ?? "", /--since WHEN[\s\S]*--after ENTRY/)
      assert.notInclude(help?.output ?? "", "\u001b")
      assert.include(
        bash?.output ?? "",
        "complete -F _tickwork_bash_completions -o nosort -o bashdefault -o default tickwork"
      )
      assert.match(zsh?.output ?? "", /^#compdef tickwork/)
      assert.match(fish?.output ?? "", /^complete -c tickwork/)
    })
  )
})

layer(shared)("tickwork, on an error,", (it) => {
  it.effect("ends with its exit code and one line on the standard error", () =>
    Effect.gen(function* () {
      const { code, errors, output } = yield* Program.run("status", "sync_sent", "--db", yield* Database)
      assert.deepStrictEqual([code, output], [1, ""])
      assert.strictEqual(errors, 'tickwork: There is no job "sync_sent". Nearest: "sync_send".\n')
    })
  )

  const refused = (
    name: string,
    args: (db: string) => ReadonlyArray<string>,
    code: number,
    message: RegExp,
    prepare: (db: string) => Effect.Effect<unknown, unknown> = () => Effect.void
  ) =>
    it.scoped(`ends with ${code} and one line for ${name}`, () =>
      Effect.gen(function* () {
        const db = yield* Database
        const own = yield* TemporaryFile.make
        yield* prepare(own)
        const ended = yield* InProcess.run(...args(db).map((word) => (word === "OWN" ? own : word)))
        assert.match(ended.errors, /^tickwork: [^\n]+\n$/)
        assert.match(ended.errors, message)
        assert.notMatch(ended.errors.slice(0, -1), /[\p{Cc}\p{Cf}]|secret/u)
        assert.deepStrictEqual([ended.code, ended.output], [code, ""])
      })
    )

  refused("an unknown job", (db) => ["status", "sync_sent", "--db", db], 1, /Nearest: "sync_send"/)
  refused("an unknown key", (db) => ["pause", "upload", "--db", db, "-k", "adda"], 1, /Nearest: "ada"/)
  refused("an unknown log entry", (db) => ["show", "sync_send#999", "--db", db], 1, /no log entry sync_send#999/)
  refused("a paused job", (db) => ["pause", "purge_expired", "--db", db], 1, /is already paused/)
  refused("a missing key", (db) => ["trigger", "upload", "--db", db], 2, /2 keys: name one with --key.*"ada", "grace"/)
  refused("a missing --db", () => ["status"], 2, /--db FILE.*TICKWORK_DB/)
  refused("an unknown command", (db) => ["stutus", "--db", db], 2, /Nearest: "status"/)
  refused("an unknown option", (db) => ["status", "--nonsense", "--db", db], 2, /--nonsense/)
  refused(
    "a wrong instant",
    (db) => ["history", "--db", db, "--since", "\u001b[2Jyesterday"],
    2,
    /--since must be an instant such as/
  )
  refused("an unknown status", (db) => ["history", "--db", db, "--status", "bad"], 2, /success/)
  refused("a missing retention", (db) => ["prune", "--db", db], 2, /--older-than 30d/)
  refused("a missing file", () => ["status", "--db", "OWN"], 3, /no file|no such file/)
  refused(
    "a file of another kind",
    () => ["status", "--db", "OWN"],
    3,
    /Name the database file of your application/,
    (own) => Effect.sync(() => fs.writeFileSync(own, "dear diary"))
  )
  refused(
    "a database without Tickwork's tables",
    () => ["next", "--db", "OWN"],
    3,
    /--prefix/,
    (own) =>
      Effect.flatMap(SqlClient.SqlClient, (sql) => sql`CREATE TABLE mine (id INTEGER)`).pipe(
        Effect.provide(SqliteClient.layer({ filename: own }))
      )
  )
  refused("a schema of a SQLite file", (db) => ["next", "--db", db, "--schema", "app"], 2, /--schema is an option/)
  refused("another prefix", (db) => ["next", "--db", db, "--prefix", "app_"], 3, /--prefix/)
  refused("an unreachable server", () => ["status", "--db", "postgres://ada:secret@127.0.0.1:1/app"], 3, /127/)
  for (const [name, db] of [
    ["an empty name", ""],
    ["a name that ends in a blank", "app.db "],
    ["a name that ends in a line feed", "app.db\n"],
    ["a name that holds U+0000", "app.db\u0000"]
  ] as const)
    refused(name, () => ["status", "--db", db], 2, /must not|No database is named/)
  refused(
    "a prefix that is too long",
    (db) => ["status", "--db", db, "--prefix", "z".repeat(43)],
    2,
    /42 bytes.*got 43/
  )
})
