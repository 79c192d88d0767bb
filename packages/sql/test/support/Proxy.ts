/**
 * A way to a PostgreSQL server that can be cut in the middle of a word. It goes with its scope.
 */
import { createConnection, createServer, type Socket } from "node:net"
import { Effect, type Scope } from "effect"

export interface Proxy {
  /** The URL of the database, by this way. */
  readonly url: string
  /** Cuts the next connection that says these words: before they arrive, or once they have been answered. */
  readonly cut: (when: "before" | "after", words: string) => void
  /** What is open goes dead without a word, as behind a load balancer; new connections work. */
  readonly silence: () => void
  /** What is open goes dead, and so does what is opened later. */
  readonly hang: () => void
  /** Cuts all connections, and lets no other through. */
  readonly close: () => void
  readonly open: () => void
}

export const make = (url: string): Effect.Effect<Proxy, never, Scope.Scope> => {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  let planned: { readonly when: "before" | "after"; readonly words: string } | undefined
  let isClosed = false
  let generation = 0
  const server = createServer((near) => {
    const own = Number.isFinite(generation) ? generation : 0
    const far = createConnection(Number(target.port), target.hostname)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on("error", () => socket.destroy())
      socket.on("close", () => {
        near.destroy()
        far.destroy()
      })
    }
    if (isClosed) near.destroy()
    let isLast = false
    near.on("data", (data) => {
      if (own < generation) return
      const plan = planned !== undefined && data.includes(planned.words) ? planned : undefined
      if (plan !== undefined) planned = undefined
      if (plan?.when === "before") near.destroy()
      else far.write(data)
      isLast = plan !== undefined
    })
    far.on("data", (data) => {
      if (own < generation) return
      if (isLast) near.destroy()
      else near.write(data)
    })
  })
  return Effect.acquireRelease(
    Effect.async<Proxy>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? `${address.port}` : ""
        const close = () => {
          isClosed = true
          for (const socket of sockets) socket.destroy()
        }
        resume(
          Effect.succeed({
            url: Object.assign(new URL(url), { port }).href,
            cut: (when, words) => {
              planned = { when, words }
            },
            silence: () => {
              generation += 1
            },
            hang: () => {
              generation = Number.POSITIVE_INFINITY
            },
            close,
            open: () => {
              isClosed = false
            }
          })
        )
      })
    }),
    ({ close }) =>
      Effect.sync(() => {
        close()
        server.close()
      })
  )
}
