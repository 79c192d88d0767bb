/**
 * A way to a PostgreSQL server that shares a few sessions by transaction, as PgBouncer does: each transaction, and each
 * statement outside of one, may come to another session. What is set in a session stays there for others; notifications
 * reach no client. It goes with its scope.
 */
import { createServer, type Socket } from "node:net"
import { PgClient } from "@effect/sql-pg"
import { Context, Effect, Layer, Redacted, type Scope } from "effect"
import * as Loopback from "./Loopback.ts"

/** A session of the server; `owner` has a transaction open there. */
interface Session {
  readonly stream: Socket
  owner: Client | null
}

interface Client {
  readonly near: Socket
  session: Session | null
  /** Requests whose end the server has not told. */
  pending: number
  /** What it says while no session is free. */
  readonly waiting: Array<Buffer>
}

/** Cuts what arrives into messages; each begins with `typeBytes` bytes and then has its length. */
const messages = (typeBytes: () => 0 | 1, onMessage: (message: Buffer) => void) => {
  let rest = Buffer.alloc(0)
  return (data: Buffer): void => {
    rest = Buffer.concat([rest, data])
    for (;;) {
      const skipped = typeBytes()
      if (rest.length < skipped + 4) return
      const length = skipped + rest.readInt32BE(skipped)
      if (rest.length < length) return
      const message = rest.subarray(0, length)
      rest = rest.subarray(length)
      onMessage(message)
    }
  }
}

const message = (type: string, ...parts: ReadonlyArray<Buffer>): Buffer => {
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

const typeOf = (message: Buffer): string => String.fromCharCode(message[0] ?? 0)

/** Authenticated, with a key that cancels nothing, and ready. */
const greeting = Buffer.concat([
  message("R", Buffer.alloc(4)),
  message("K", Buffer.alloc(8)),
  message("Z", Buffer.from("I"))
])

const rollback = Buffer.concat([message("S"), message("Q", Buffer.from("ROLLBACK\0"))])

class Sharing {
  readonly #free: Array<Session>
  readonly #queue: Array<Client> = []

  constructor(streams: ReadonlyArray<Socket>) {
    this.#free = streams.map((stream) => {
      const session: Session = { stream, owner: null }
      stream.removeAllListeners("data")
      stream.on(
        "data",
        messages(
          () => 1,
          (message) => this.#answer(session, message)
        )
      )
      return session
    })
  }

  add(near: Socket): void {
    const client: Client = { near, session: null, pending: 0, waiting: [] }
    let isGreeted = false
    const read = messages(
      () => (isGreeted ? 1 : 0),
      (message) => {
        if (isGreeted) return this.#request(client, message)
        isGreeted = true
        near.write(greeting)
      }
    )
    near.on("data", read)
    near.on("error", () => near.destroy())
    near.on("close", () => {
      if (client.session !== null) {
        client.pending += 2
        client.session.stream.write(rollback)
      }
      const index = this.#queue.indexOf(client)
      if (index >= 0) this.#queue.splice(index, 1)
    })
  }

  #request(client: Client, message: Buffer): void {
    const type = typeOf(message)
    if (type === "X") {
      client.near.end()
      return
    }
    if (type === "Q" || type === "S") client.pending += 1
    if (client.session !== null) client.session.stream.write(message)
    else {
      client.waiting.push(message)
      if (!this.#queue.includes(client)) this.#queue.push(client)
      this.#assign()
    }
  }

  #assign(): void {
    while (this.#queue.length > 0 && this.#free.length > 0) {
      const client = this.#queue.shift() as Client
      const session = this.#free.shift() as Session
      session.owner = client
      client.session = session
      for (const data of client.waiting.splice(0)) session.stream.write(data)
    }
  }

  #answer(session: Session, message: Buffer): void {
    const { owner } = session
    // a notification for a client that has gone on elsewhere
    if (owner === null) return
    if (!owner.near.destroyed) owner.near.write(message)
    if (typeOf(message) !== "Z") return
    owner.pending -= 1
    if (owner.pending > 0 || String.fromCharCode(message[5] ?? 0) !== "I") return
    session.owner = null
    owner.session = null
    this.#free.push(session)
    this.#assign()
  }
}

/** What the driver has below its connection. */
interface OfDriver {
  readonly pg: { readonly connection: { readonly stream: Socket } }
}

/** The URL of the database, by way of this many sessions. */
export const make = (url: string, sessions: number): Effect.Effect<string, never, Scope.Scope> =>
  Effect.gen(function* () {
    const server = PgClient.layer({ url: Redacted.make(url), maxConnections: sessions })
    const sql = Context.get(yield* Layer.build(Layer.fresh(Layer.orDie(server))), PgClient.PgClient)
    const reserved = yield* Effect.replicateEffect(Effect.orDie(sql.reserve), sessions)
    const sharing = new Sharing(reserved.map((connection) => (connection as unknown as OfDriver).pg.connection.stream))
    const nears = new Set<Socket>()
    const listening = createServer((near) => {
      nears.add(near)
      sharing.add(near)
    })
    const port = yield* Loopback.listen(listening, () => {
      for (const near of nears) near.destroy()
    })
    return Object.assign(new URL(url), { port }).href
  })
