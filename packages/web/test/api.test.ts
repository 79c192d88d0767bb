/**
 * The JSON API: a typed client reads what its Schemas say, and the rules of the page hold for it, too.
 */
import { FetchHttpClient, HttpApiClient, OpenApi } from "@effect/platform"
import { expect, layer } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { JobStore } from "tickwork"
import { TickApi } from "../src/index.ts"
import { Answers } from "../src/view/index.ts"
import * as Filled from "./support/Filled.ts"
import * as Http from "./support/Http.ts"
import * as Server from "./support/Server.ts"

const clientOf = ({ port }: Server.Server) =>
  Effect.provide(
    HttpApiClient.make(TickApi.TickApi, { baseUrl: `http://127.0.0.1:${port}/jobs` }),
    FetchHttpClient.layer
  )

const exactly = { onExcessProperty: "error" } as const

const paths = {
  "api/jobs": Answers.Status,
  "api/history?limit=5": Answers.History,
  "api/run?job=sync_send&seq=1": Answers.Shown,
  "api/explain?job=purge_expired": Answers.Explained,
  [`api/stats?from=${Filled.start}&to=${Filled.end}`]: Answers.Stats,
  "api/health": TickApi.Health
} as const

const pending = Effect.flatMap(JobStore.JobStore, (store) => store.pending)

const json = (server: Server.Server, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  Http.send(server, "/jobs/api/request", {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers }
  })

layer(Filled.memory, { excludeTestServices: true })("the JSON API", (it) => {
  it.scoped("answers exactly what its Schemas say", () =>
    Effect.gen(function* () {
      const server = yield* Server.serve()
      for (const [path, schema] of Object.entries(paths)) {
        const { status, text } = yield* Http.get(server, path)
        expect({ path, status }).toEqual({ path, status: 200 })
        yield* Schema.decodeUnknown(schema as Schema.Schema<unknown>)(JSON.parse(text), exactly)
      }
    })
  )

  it.scoped("is read by a typed client, page by page", () =>
    Effect.gen(function* () {
      const client = yield* clientOf(yield* Server.serve())
      const { jobs } = yield* client.jobs.status({ urlParams: {} })
      expect(jobs.map(({ job }) => job)).toContain("purge_expired")
      expect(jobs.find(({ job }) => job === "purge_expired")?.paused?.by).toContain("<img")
      const first = yield* client.jobs.history({ urlParams: { job: "sync_send", limit: 3 } })
      expect(first.entries.map(({ seq }) => seq)).toEqual([10, 9, 8])
      const next = yield* client.jobs.history({ urlParams: { job: "sync_send", limit: 3, after: first.next ?? "" } })
      expect(next.entries.map(({ seq }) => seq)).toEqual([7, 6, 5])
      const missing = yield* Effect.flip(client.jobs.explain({ urlParams: { job: "nowhere" } }))
      expect(missing._tag).toBe("NotFoundError")
    })
  )

  it.scoped("stores a request of a program, with its reason", () =>
    Effect.gen(function* () {
      const client = yield* clientOf(yield* Server.control())
      const sent = yield* client.jobs.request({
        payload: { verb: "trigger", job: "upload", key: "ada", why: "why not" }
      })
      expect(sent).toMatchObject({ verb: "trigger", by: "ada", why: "why not", doneAt: null })
      expect((yield* pending).map(({ by, key, verb }) => ({ by, key, verb }))).toEqual([
        { by: "ada", key: "ada", verb: "trigger" }
      ])
      const refused = yield* Effect.flip(
        client.jobs.request({ payload: { verb: "resume", job: "upload", key: "ada", why: "" } })
      )
      expect(refused).toMatchObject({ _tag: "RefusedError", message: "upload/ada is not paused." })
    })
  )

  it.scoped("takes a request from no other origin, as no form, and on no page that only shows", () =>
    Effect.gen(function* () {
      const before = yield* pending
      const server = yield* Server.control()
      const body = { verb: "pause", job: "sync_send" }
      const refused = [
        yield* json(server, body, { origin: "http://evil.test" }),
        yield* json(server, body, { "sec-fetch-site": "cross-site" }),
        yield* json(server, body, { "content-type": "text/plain" }),
        yield* json(yield* Server.serve(), body)
      ]
      expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403])
      expect((yield* json(server, { verb: "forget", job: "sync_send" })).status).toBe(400)
      expect(yield* pending).toEqual(before)
    })
  )

  it.scoped("describes itself", () =>
    Effect.gen(function* () {
      const { text } = yield* Http.get(yield* Server.serve(), "api/openapi.json")
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(OpenApi.fromApi(TickApi.TickApi))))
    })
  )
})
