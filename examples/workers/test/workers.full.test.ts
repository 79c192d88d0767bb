/**
 * The whole example as it is started: a server, three workers and a web process. A worker and the web process are killed.
 */
import { fileURLToPath } from "node:url"
import { Command } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { SqlClient } from "@effect/sql"
import { assert, it } from "@effect/vitest"
import * as Bundle from "@tickwork/test-support/Bundle"
import * as Eventually from "@tickwork/test-support/Eventually"
import * as Postgres from "@tickwork/test-support/Postgres"
import { Effect, Stream } from "effect"

/** What the processes have said so far. */
class Output {
  readonly lines: Array<string> = []

  /** What a pattern finds in each line that it fits, oldest first. */
  found(pattern: RegExp): ReadonlyArray<ReadonlyArray<string>> {
    return this.lines.flatMap((line) => {
      const match = pattern.exec(line)
      return match === null ? [] : [match.slice(1)]
    })
  }

  last(pattern: RegExp): string {
    return this.found(pattern).at(-1)?.[0] ?? ""
  }

  /** The worker of this number that was started last. */
  worker(number: number): number {
    return Number(this.last(new RegExp(`^worker ${number} is process (\\d+)$`)))
  }

  /** How many partitions each worker has that was started last. */
  get shares(): ReadonlyArray<number> {
    return [1, 2, 3].map((number) => Number(this.last(new RegExp(`^worker ${this.worker(number)} has (\\d+) of 1024`))))
  }
}

const start = Effect.gen(function* () {
  const output = new Output()
  const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))
  const program = Command.make(process.execPath, "--conditions=tickwork-source", "--import", "tsx", main).pipe(
    Command.env({ PORT: "0", NODE_OPTIONS: "" })
  )
  // killed, it would leave its processes behind
  const child = yield* Effect.acquireRelease(Command.start(program), (child) => Effect.ignore(child.kill("SIGTERM")))
  const lines = Stream.splitLines(Stream.decodeText(Stream.merge(child.stdout, child.stderr)))
  yield* Effect.forkScoped(Stream.runForEach(lines, (line) => Effect.sync(() => output.lines.push(line))))
  return output
})

const shared = (output: Output) =>
  Eventually.isTrue(
    "three workers share the partitions",
    Effect.sync(() => {
      const { shares } = output
      return shares.reduce((sum, share) => sum + share, 0) === 1024 && shares.every((share) => share > 270)
    })
  )

const web = (output: Output) => output.last(/^web \d+ answers on (\S+)$/)

const ask = (url: string, method: "GET" | "POST") =>
  Effect.promise(() => fetch(url, { method }).then((response) => response.json() as Promise<Record<string, unknown>>))

const enqueue = (url: string, count: number) =>
  Effect.flatMap(Bundle.of(new URL("../src/enqueue.ts", import.meta.url)), (file) =>
    Command.make(process.execPath, file, `${count}`).pipe(
      Command.env({ DATABASE_URL: url, NODE_OPTIONS: "" }),
      Command.string
    )
  )

Postgres.describeOnPostgres("three workers and a web process, started with one command", () => {
  it.scopedLive("share the shops, run each thumbnail once, and go on when any of them is killed", () =>
    Effect.gen(function* () {
      const output = yield* start
      yield* shared(output)
      const url = output.last(/^the database is (\S+)$/)
      const images = Array.from({ length: 20 }, (_, index) => index + 1)
      for (const image of images)
        assert.deepStrictEqual(yield* ask(`${web(output)}/${image}`, "POST"), { image, outcome: "new" })
      const [killed, before] = [output.worker(2), web(output)]
      process.kill(killed, "SIGKILL")
      assert.strictEqual(yield* enqueue(url, 220), "200 enqueued, 20 known already\n")
      yield* Eventually.isTrue(
        "another worker is started",
        Effect.sync(() => output.worker(2) !== killed)
      )
      yield* shared(output)

      process.kill(Number(output.last(/^web (\d+) answers/)), "SIGKILL")
      yield* Eventually.isTrue(
        "another web process answers",
        Effect.sync(() => web(output) !== before)
      )
      yield* Eventually.isTrue(
        "all thumbnails are made",
        Effect.map(ask(web(output), "GET"), ({ made }) => made === 220)
      )
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const twice = yield* sql`SELECT image FROM thumbnails GROUP BY image HAVING count(*) > 1`
        assert.deepStrictEqual(twice, [], "each is made once")
        const synced = sql`SELECT shop FROM stock WHERE worker <> ${killed} AND synced_at > now() - interval '20 seconds'`
        yield* Eventually.isTrue(
          "each shop has a living worker",
          Effect.map(synced, ({ length }) => length === 60)
        )
        const reports = yield* sql`SELECT 1 FROM job_log WHERE job_name = 'report' AND status = 'success'`
        assert.strictEqual(reports.length, 1, "the report of the hour ran once")
      }).pipe(Effect.provide(Postgres.client(url, 2)))
    }).pipe(Effect.provide(NodeContext.layer))
  )
})
