/**
 * `tickwork serve` as a process: what it prints, whom it serves, and how it ends.
 */
import { request } from "node:http"
import { type CommandExecutor, FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Chunk, Effect, Option, Stream } from "effect"
import * as Filled from "./support/Filled.ts"
import * as Program from "./support/Program.ts"

const database = Effect.tap(TemporaryFile.make, (filename) => Filled.sqlite(filename))

/** The lines until the one that tells the address. */
const address = ({ stdout }: CommandExecutor.Process) =>
  Stream.splitLines(Stream.decodeText(stdout)).pipe(
    Stream.takeUntil((line) => line.includes("http://")),
    Stream.runCollect,
    Effect.map((lines) => Option.getOrElse(Chunk.last(lines), () => "")),
    Effect.map((line) => /http:\/\/\S+/.exec(line)?.[0] ?? "")
  )

const get = (url: string, init?: RequestInit) => Effect.promise(() => fetch(url, { redirect: "manual", ...init }))

const post = (url: string, fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) =>
  get(url, {
    method: "POST",
    body: new URLSearchParams(fields),
    headers: { origin: new URL(url).origin, ...headers }
  })

/** Opens a stream that the server has to end. */
const follow = (url: string) =>
  Effect.async<{ readonly ended: Promise<void> }>((resume) => {
    request(`${url}feed`, { agent: false }, (response) => {
      const ended = new Promise<void>((resolve) => response.on("close", resolve))
      response.once("data", () => resume(Effect.succeed({ ended })))
      response.resume()
    }).end()
  })

describe("tickwork serve", () => {
  it.scopedLive("only shows, and ends at once with an open stream", () =>
    Effect.gen(function* () {
      const db = yield* database
      const running = yield* Program.start("serve", "--db", db, "--port", "0")
      const url = yield* address(running)
      assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/)
      const page = yield* Effect.promise(async () => (await fetch(url)).text())
      assert.include(page, "sync_send")
      assert.notInclude(page, 'method="post"')
      assert.strictEqual((yield* post(`${url}request`, { verb: "pause", job: "sync_send" })).status, 403)
      const { ended } = yield* follow(url)
      yield* running.kill("SIGTERM")
      yield* Effect.promise(() => ended)
      assert.strictEqual(yield* running.exitCode, 0)
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scopedLive("steers for one browser that has the printed link, and for no other", () =>
    Effect.gen(function* () {
      const db = yield* database
      const link = yield* address(yield* Program.start("serve", "--db", db, "--port", "0", "--allow", "control"))
      const [url = "", token = ""] = link.split("#t=")
      assert.isAbove(token.length, 30)
      assert.strictEqual((yield* post(`${url}session`, { token: `${token}x` })).status, 403)
      assert.strictEqual((yield* post(`${url}session`, { token }, { origin: "http://evil.test" })).status, 403)
      const signedIn = yield* post(`${url}session`, { token })
      const cookie = signedIn.headers.get("set-cookie") ?? ""
      assert.match(cookie, /^tickwork_session=[\w-]{40,}; Path=\/; HttpOnly; SameSite=Strict$/)
      assert.strictEqual((yield* post(`${url}session`, { token })).status, 403)
      const headers = { cookie: cookie.split(";")[0] ?? "" }
      const page = yield* Effect.promise(async () => (await fetch(`${url}health`, { headers })).text())
      const formToken = /name="token" value="([^"]+)"/.exec(page)?.[1] ?? ""
      const form = { verb: "pause", job: "sync_send", key: "", why: "the server moves", token: formToken }
      assert.strictEqual((yield* post(`${url}request`, form)).status, 403)
      assert.strictEqual((yield* post(`${url}request`, form, headers)).status, 303)
      const { answer } = yield* Program.json("explain", "sync_send", "--db", db)
      assert.strictEqual(answer.requests[0].why, "the server moves")
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scopedLive("with a token file shows nothing to a browser without the token", () =>
    Effect.gen(function* () {
      const db = yield* database
      const fs = yield* FileSystem.FileSystem
      const token = "a token of one's own"
      yield* fs.writeFileString(`${db}.token`, `${token}\n`)
      const url = yield* address(
        yield* Program.start("serve", "--db", db, "--port", "0", "--token-file", `${db}.token`)
      )
      const refused = yield* get(url)
      assert.strictEqual(refused.status, 401)
      const refusal = yield* Effect.promise(() => refused.text())
      assert.notInclude(refusal, "sync_send")
      assert.include(refusal, '<a href="session">Sign in</a>')
      assert.strictEqual((yield* get(`${url}metrics`)).status, 401)
      assert.strictEqual((yield* get(`${url}api/jobs`, { headers: { authorization: `Bearer ${token}` } })).status, 200)
      assert.strictEqual((yield* get(`${url}api/jobs`, { headers: { authorization: "Bearer wrong" } })).status, 401)
      const form = yield* get(`${url}session`)
      assert.include(yield* Effect.promise(() => form.text()), 'type="password"')
      assert.strictEqual((yield* post(`${url}session`, { token })).status, 303)
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scopedLive("refuses what would open it to other machines, and says the cure", () =>
    Effect.gen(function* () {
      const db = yield* database
      const open = yield* Program.run("serve", "--db", db, "--host", "0.0.0.0", "--port", "0")
      assert.deepStrictEqual(
        [open.code, open.errors],
        [2, "tickwork: --host 0.0.0.0 is open to other machines: it needs --token-file.\n"]
      )
      const fs = yield* FileSystem.FileSystem
      yield* fs.writeFileString(`${db}.token`, "short")
      const short = yield* Program.run("serve", "--db", db, "--token-file", `${db}.token`)
      assert.deepStrictEqual(
        [short.code, short.errors],
        [2, "tickwork: --token-file must hold at least 16 characters, got 5.\n"]
      )
      const none = yield* Program.run("serve", "--db", db, "--token-file", `${db}.none`)
      assert.strictEqual(none.code, 2)
      assert.strictEqual((yield* Program.run("serve", "--db", db, "--port", "70000")).code, 2)
    }).pipe(Effect.provide(NodeContext.layer))
  )
})
