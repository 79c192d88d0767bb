/**
 * Servers on a free port of the loopback interface, for as long as a scope lives.
 */
import type { Server } from "node:net"
import { Effect, type Scope } from "effect"

/** The port on which the server listens; at its end no more clients are taken, and `end` ends those that are there. */
export const listen = (server: Server, end: () => void): Effect.Effect<string, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<string>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        resume(Effect.succeed(typeof address === "object" && address !== null ? `${address.port}` : ""))
      })
    }),
    () =>
      Effect.sync(() => {
        end()
        server.close()
      })
  )
