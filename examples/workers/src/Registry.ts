/**
 * The jobs of the workers of a web platform: thumbnails on demand, the stock of each shop, and one report for all.
 */
import { SqlClient } from "@effect/sql"
import { Effect, Schedule, Schema } from "effect"
import { Job, Jobs, Limit } from "tickwork"

/** However many workers there are, the image service takes four requests at once. */
const imageService = Limit.make("image_service", 4, { scope: "database" })

export const makeThumbnail = Job.make("make_thumbnail", { payload: Schema.Struct({ image: Schema.Int }) }, (run) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* Effect.sleep("20 millis")
    // a crash between this and the record of the run repeats it: the key makes the second time a no-op
    yield* sql`INSERT INTO thumbnails (run_key, image, worker) VALUES (${run.runKey}, ${run.payload.image}, ${process.pid})
      ON CONFLICT (run_key) DO NOTHING`
  })
).pipe(
  Job.parallel,
  Job.limit(imageService),
  Job.timeout("10 seconds"),
  Job.retry(Schedule.spaced("1 second").pipe(Schedule.intersect(Schedule.recurs(5))))
)

const shops = Array.from({ length: 60 }, (_, index) => `shop-${index + 1}`)

/** Each worker has some of the shops, and those of a worker that dies go to the others. */
export const syncStock = Job.make("sync_stock", { keys: Effect.succeed(shops) }, (run) =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) =>
      sql`INSERT INTO stock (shop, synced_at, worker) VALUES (${run.key}, now(), ${process.pid})
      ON CONFLICT (shop) DO UPDATE SET synced_at = excluded.synced_at, worker = excluded.worker`
  )
).pipe(Job.every("1 second"), Job.parallel)

/** One of the workers runs it, once an hour. */
export const report = Job.make(
  "report",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const [found] = yield* sql<{ count: string }>`SELECT count(*) AS count FROM thumbnails`
    yield* Effect.log(`${found?.count} thumbnails`)
  })
).pipe(Job.every("1 hour"), Job.transactional)

export const jobs = Jobs.make(makeThumbnail, syncStock, report)
