/**
 * A way to a PostgreSQL server that can be cut in the middle of a word, and lead to another server. It goes with its
 * scope.
 */
import { createConnection, createServer, type Socket } from "node:net"
import { Effect, type Scope } from "effect"

export interface Proxy {
  /** The URL of the database, by this way. */
  readonly url: string
  /** Cuts the next connection that says these words: before they arrive, or once they have been answered. */
  readonly cut: (when: "before" | "after", words: string) => void
  /**
   * What is open goes dead without a word, as behind a load balancer: the server does not learn of it either. New
   * connections work.
   */
  readonly silence: () => void
  /** What is open goes dead, and so does what is opened later, until it is opened. */
  readonly hang: () => void
  /** Cuts all connections, and lets no other through. */
  readonly close: () => void
  readonly open: () => void
  /** Cuts all connections, and answers each later one with an error of this code, until it is opened. */
  readonly refuse: (code: string, message: string) => void
  /** Each answer of the server to a statement takes this long. */
  readonly delay: (ms: number) => void
  /** New connections lead to the server of this URL. */
  readonly leadTo: (url: string) => void
}

/** What a server says that admits no client. */
const errorOf = (code: string, message: string): Buffer => {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`)
  const head = Buffer.alloc(5)
  head.write("E")
  head.writeInt32BE(fields.length + 4, 1)
  return Buffer.concat([head, fields])
}

interface Way {
  readonly near: Socket
  readonly far: Socket
  isSilent: boolean
}

export const make = (url: string): Effect.Effect<Proxy, never, Scope.Scope> => {
  let target = new URL(url)
  let delayMs = 0
  const ways = new Set<Way>()
  let planned: { readonly when: "before" | "after"; readonly words: string } | undefined
  let isClosed = false
  let isHanging = false
  let refusal: Buffer | undefined
  const server = createServer((near) => {
    const said = refusal
    if (said !== undefined) {
      near.on("error", () => near.destroy())
      near.once("data", () => near.end(said))
      return
    }
    const far = createConnection(Number(target.port), target.hostname)
    const way = { near, far, isSilent: isHanging }
    ways.add(way)
    far.on("close", () => ways.delete(way))
    for (const socket of [near, far]) {
      socket.on("error", () => socket.destroy())
      socket.on("close", () => {
        if (way.isSilent) return
        near.destroy()
        far.destroy()
      })
    }
    if (isClosed) near.destroy()
    let isLast = false
    let isConnected = false
    near.on("data", (data) => {
      if (way.isSilent) return
      const plan = planned !== undefined && data.includes(planned.words) ? planned : undefined
      if (plan !== undefined) planned = undefined
      if (plan?.when === "before") near.destroy()
      else far.write(data)
      isLast = plan !== undefined
    })
    far.on("data", (data) => {
      if (way.isSilent) return
      if (isLast) near.destroy()
      else if (delayMs === 0 || !isConnected) near.write(data)
      else setTimeout(() => !near.destroyed && near.write(data), delayMs)
      isConnected ||= data.includes("Z\0\0\0\u0005I")
    })
  })
  const cutAll = () => {
    for (const { far, near } of ways) for (const socket of [near, far]) socket.destroy()
  }
  const silence = () => {
    for (const way of ways) way.isSilent = true
  }
  return Effect.acquireRelease(
    Effect.async<Proxy>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? `${address.port}` : ""
        resume(
          Effect.succeed({
            url: Object.assign(new URL(url), { port }).href,
            cut: (when, words) => {
              planned = { when, words }
            },
            silence,
            hang: () => {
              isHanging = true
              silence()
            },
            close: () => {
              isClosed = true
              cutAll()
            },
            open: () => {
              isClosed = false
              isHanging = false
              refusal = undefined
            },
            refuse: (code, message) => {
              refusal = errorOf(code, message)
              cutAll()
            },
            delay: (ms) => {
              delayMs = ms
            },
            leadTo: (url) => {
              target = new URL(url)
            }
          })
        )
      })
    }),
    () =>
      Effect.sync(() => {
        isClosed = true
        cutAll()
        server.close()
      })
  )
}
