/**
 * The web process of the shop, on PORT of the loopback interface: it enqueues thumbnails and runs no job.
 *
 * `POST /thumbnails/7` enqueues one, `GET /thumbnails` says how many are made.
 */
import { createServer } from "node:http"
import { HttpRouter, HttpServer, HttpServerResponse } from "@effect/platform"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { SqlClient } from "@effect/sql"
import { Console, Effect, Layer, Schema } from "effect"
import { TickClient } from "tickwork"
import * as Database from "./Database.ts"
import { jobs, makeThumbnail } from "./Registry.ts"

const routes = HttpRouter.empty.pipe(
  HttpRouter.post(
    "/thumbnails/:image",
    Effect.gen(function* () {
      const { image } = yield* HttpRouter.schemaPathParams(Schema.Struct({ image: Schema.NumberFromString }))
      const { outcome } = yield* TickClient.enqueue(makeThumbnail, { image }, { key: `image-${image}` })
      return yield* HttpServerResponse.json({ image, outcome })
    })
  ),
  HttpRouter.get(
    "/thumbnails",
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const [found] = yield* sql<{ made: number }>`SELECT CAST(count(*) AS integer) AS made FROM thumbnails`
      return yield* HttpServerResponse.json({ made: found?.made ?? 0 })
    })
  )
)

const address = Layer.effectDiscard(
  HttpServer.addressFormattedWith((url) => Console.log(`web ${process.pid} answers on ${url}/thumbnails`))
)

const WebLive = Layer.merge(HttpServer.serve(routes), address).pipe(
  Layer.provide(NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: Number(process.env.PORT ?? 3000) })),
  Layer.provide(TickClient.layer(jobs)),
  Layer.provide(Database.layer(process.env.DATABASE_URL ?? "postgres://localhost/shop"))
)

NodeRuntime.runMain(Layer.launch(WebLive))
