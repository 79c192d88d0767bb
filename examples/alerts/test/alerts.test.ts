import { createServer, type IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"
import { Command } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as Bundle from "@tickwork/test-support/Bundle"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Stream } from "effect"

interface Heard {
  readonly path: string
  readonly token: string | undefined
  readonly body: string
}

const bodyOf = (request: IncomingMessage) =>
  new Promise<string>((done) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => done(Buffer.concat(chunks).toString()))
  })

/** A server that takes down what it receives, and answers the first call of a sink with 503. */
const server = Effect.gen(function* () {
  const heard: Array<Heard> = []
  const seen = new Set<string>()
  const listening = createServer(async (request, response) => {
    const path = (request.url ?? "").replace(/\?.*/, "")
    const body = await bodyOf(request)
    const isFirst = !seen.has(path) && !path.startsWith("/ping")
    seen.add(path)
    if (!isFirst) heard.push({ path, token: request.headers.authorization, body })
    response.writeHead(isFirst ? 503 : 200).end()
  })
  yield* Effect.acquireRelease(
    Effect.async<void>((resume) => void listening.listen(0, "127.0.0.1", () => resume(Effect.void))),
    () => Effect.sync(() => listening.close())
  )
  return { heard, url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}` }
})

const main = (env: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const file = yield* Bundle.of(new URL("../src/main.ts", import.meta.url))
    const command = Command.make(process.execPath, file, yield* TemporaryFile.make)
    const running = yield* Command.start(command.pipe(Command.env({ NODE_OPTIONS: "", ...env })))
    const [output, code] = yield* Effect.all([Stream.mkString(Stream.decodeText(running.stdout)), running.exitCode])
    return { output, code }
  })

describe("the example", () => {
  it.scopedLive("tells a webhook, a chat and a mailbox of the alert and of the recovery, each tried again", () =>
    Effect.gen(function* () {
      const { heard, url } = yield* server
      const { code } = yield* main({
        ALERT_WEBHOOK_URL: `${url}/hook`,
        ALERT_CHAT_URL: `${url}/chat`,
        ALERT_MAIL_URL: `${url}/mail`,
        ALERT_MAIL_TOKEN: "secret",
        ALERT_MAIL_FROM: "tick@example.org",
        ALERT_MAIL_TO: "ada@example.org",
        BACKUP_PING_URL: `${url}/ping`
      })
      assert.strictEqual(code, 0)
      const sent = (path: string) => heard.flatMap((one) => (one.path === path ? [JSON.parse(one.body)] : []))
      const [alert, recovered] = sent("/hook")
      assert.deepStrictEqual(alert, {
        _tag: "Alert",
        jobName: "backup",
        key: "",
        failures: 2,
        error: "the disk is full"
      })
      assert.strictEqual(recovered?._tag, "Recovered")
      assert.strictEqual(sent("/chat")[0]?.text, '"backup" has failed 2 times in a row: the disk is full')
      const [mail] = sent("/mail")
      assert.deepInclude(mail, { to: ["ada@example.org"], subject: "Failing: backup" })
      assert.strictEqual(heard.find(({ path }) => path === "/mail")?.token, "Bearer secret")
      assert.isAbove(heard.filter(({ path }) => path.startsWith("/ping")).length, 0)
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scopedLive("needs none of them", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* main({})).code, 0)
    }).pipe(Effect.provide(NodeContext.layer))
  )
})
