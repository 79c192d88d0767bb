/**
 * Requests with any headers, also those that a browser and `fetch` do not let a program set.
 */
import { type IncomingMessage, request } from "node:http"
import { Effect } from "effect"
import type { Server } from "./Server.ts"

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage["headers"]
  readonly text: string
}

export interface Options {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** The path is below the page's own. */
export const send = (
  { port }: Pick<Server, "port">,
  path: string,
  { body, headers = {}, method = "GET" }: Options = {}
): Effect.Effect<Answer> =>
  Effect.async<Answer>((resume) => {
    const sent = request({ host: "127.0.0.1", port, path, method, headers, agent: false }, (response) => {
      const parts: Array<Buffer> = []
      response.on("data", (part) => parts.push(part))
      response.on("end", () =>
        resume(
          Effect.succeed({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(parts).toString()
          })
        )
      )
    })
    sent.on("error", (error) => resume(Effect.die(error)))
    sent.end(body)
  })

export const get = (server: Server, path = ""): Effect.Effect<Answer> => send(server, `/jobs/${path}`)

/** A form from the page itself, as a browser sends it. */
export const post = (
  server: Server,
  path: string,
  fields: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {}
): Effect.Effect<Answer> =>
  send(server, `/jobs/${path}`, {
    method: "POST",
    body: new URLSearchParams(fields).toString(),
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      origin: `http://127.0.0.1:${server.port}`,
      "sec-fetch-site": "same-origin",
      ...headers
    }
  })

/** The token that the forms of the page have. */
export const tokenOf = (server: Server): Effect.Effect<string> =>
  Effect.map(get(server, "health"), ({ text }) => /name="token" value="([^"]+)"/.exec(text)?.[1] ?? "")

/** Opens the stream of news, and answers what has come of it so far; it is read unless `isRead` is false. */
export const follow = ({ port }: Server, isRead = true) =>
  Effect.acquireRelease(
    Effect.async<{
      readonly text: () => string
      readonly status: number
      readonly ended: () => boolean
      readonly close: () => void
    }>((resume) => {
      let text = ""
      let isEnded = false
      const sent = request({ host: "127.0.0.1", port, path: "/jobs/feed", agent: false }, (response) => {
        if (isRead) response.on("data", (part) => (text += String(part)))
        response.on("close", () => {
          isEnded = true
        })
        resume(
          Effect.succeed({
            status: response.statusCode ?? 0,
            text: () => text,
            ended: () => isEnded,
            close: () => sent.destroy()
          })
        )
      })
      sent.on("error", () => undefined)
      sent.end()
    }),
    ({ close }) => Effect.sync(close)
  )
