import { Command } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { describe, it } from "@effect/vitest"
import * as Eventually from "@tickwork/test-support/Eventually"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Option, Stream } from "effect"
import { expect } from "vitest"
import { program } from "./support/process.ts"

const read = (url: string, headers: Readonly<Record<string, string>> = {}) =>
  Effect.promise(async () => (await fetch(url, { headers })).text())

describe("npm run page", () => {
  it.scopedLive("runs the messenger with its page, which pauses a job for who has the printed link", () =>
    Effect.gen(function* () {
      const db = yield* TemporaryFile.make
      const running = yield* Command.start(yield* program("../../src/page.ts", "--port", "0", "--db", db))
      const line = yield* Stream.runHead(Stream.splitLines(Stream.decodeText(running.stdout)))
      const [, url = "", token = ""] = /(http:\S+)#t=(\S+)/.exec(Option.getOrElse(line, () => "")) ?? []
      yield* Eventually.isTrue(
        "a run is on the page",
        Effect.map(read(`${url}job?job=write_messages`), (text) => text.includes("success"))
      )
      const { origin } = new URL(url)
      const post = (
        path: string,
        fields: Readonly<Record<string, string>>,
        headers: Readonly<Record<string, string>> = {}
      ) =>
        Effect.promise(() =>
          fetch(url + path, {
            method: "POST",
            redirect: "manual",
            body: new URLSearchParams(fields),
            headers: { origin, ...headers }
          })
        )
      const signedIn = yield* post("session", { token })
      const cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? ""
      const formToken = /name="token" value="([^"]+)"/.exec(yield* read(`${url}health`, { cookie }))?.[1] ?? ""
      const form = { verb: "pause", job: "stats", key: "", why: "the disk is slow", token: formToken }
      expect((yield* post("request", form, { cookie })).status).toBe(303)
      yield* Eventually.isTrue(
        "the pause is in the history",
        Effect.map(read(`${url}job?job=stats`), (text) =>
          text.includes("paused by the messenger&#39;s operator: the disk is slow")
        )
      )
    }).pipe(Effect.provide(NodeContext.layer))
  )
})
