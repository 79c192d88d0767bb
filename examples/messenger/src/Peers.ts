/**
 * The local peers, each behind a socket of the loopback interface. A line in is an envelope, a line out is an answer.
 */
import { Ndjson, Socket } from "@effect/platform"
import { NodeSocket, NodeSocketServer } from "@effect/platform-node"
import { Context, Effect, Layer, Option, type ParseResult, Queue, Ref, Schema, Stream } from "effect"
import * as Envelope from "./Envelope.ts"
import * as Identities from "./Identities.ts"
import * as Inbox from "./Inbox.ts"

export class PeerOfflineError extends Schema.TaggedError<PeerOfflineError>("messenger/PeerOfflineError")(
  "PeerOfflineError",
  {
    peer: Schema.String,
    unanswered: Schema.Int
  }
) {
  override get message() {
    return `${this.peer} is offline: ${this.unanswered} not delivered, to be sent again`
  }
}

export interface Service {
  readonly names: ReadonlyArray<string>
  /** Sends over one connection and streams the answers; fails when the peer closes before the last one. */
  readonly send: (
    peer: string,
    envelopes: ReadonlyArray<Envelope.Envelope>
  ) => Stream.Stream<Inbox.Answer, PeerOfflineError>
}

export class Peers extends Context.Tag("messenger/Peers")<Peers, Service>() {}

export interface Peer {
  readonly name: string
  /** The peer drops every n-th connection (default: none). */
  readonly dropsEvery?: number
}

const host = "127.0.0.1"

type BadLine = Ndjson.NdjsonError | ParseResult.ParseError

/** Answers envelopes in the order in which they arrive. */
const serve = (peer: string, socket: Socket.Socket) =>
  Effect.gen(function* () {
    const answers = yield* Queue.unbounded<Inbox.Answer>()
    const lines = Ndjson.duplexSchema(Socket.toChannelWith<BadLine>()(socket), {
      inputSchema: Inbox.Answer,
      outputSchema: Envelope.Line
    })
    yield* Stream.fromQueue(answers).pipe(
      Stream.pipeThroughChannel(lines),
      Stream.mapEffect((envelope) => Inbox.receive(peer, envelope)),
      Stream.runForEach((answer) => Queue.offer(answers, answer))
    )
  }).pipe(Effect.catchAllCause((cause) => Effect.logDebug(`${peer} closed a connection`, cause)))

const hangUp = Effect.flatMap(
  Effect.serviceOption(NodeSocket.NetSocket),
  Option.match({ onNone: () => Effect.void, onSome: (connection) => Effect.sync(() => connection.destroy()) })
)

const listen = ({ dropsEvery, name }: Peer) =>
  Effect.gen(function* () {
    const server = yield* NodeSocketServer.make({ host, port: 0 })
    const connections = yield* Ref.make(0)
    const onConnection = (socket: Socket.Socket) =>
      Effect.flatMap(
        Ref.updateAndGet(connections, (count) => count + 1),
        (count) => (dropsEvery !== undefined && count % dropsEvery === 0 ? hangUp : serve(name, socket))
      )
    yield* Effect.forkScoped(server.run(onConnection))
    return [name, server.address._tag === "TcpAddress" ? server.address.port : 0] as const
  })

const sendTo = (peer: string, port: number, envelopes: ReadonlyArray<Envelope.Envelope>) =>
  Effect.map(Effect.all([NodeSocket.makeNet({ host, port }), Ref.make(envelopes.length)]), ([socket, unanswered]) => {
    const lines = Ndjson.duplexSchema(Socket.toChannelWith<BadLine>()(socket), {
      inputSchema: Envelope.Line,
      outputSchema: Inbox.Answer
    })
    const offline = Effect.flatMap(Ref.get(unanswered), (unanswered) =>
      unanswered > 0 ? Effect.fail(new PeerOfflineError({ peer, unanswered })) : Effect.void
    )
    // a half-closed connection would lose the answers: it stays open until the last one
    return Stream.concat(Stream.fromIterable(envelopes), Stream.never).pipe(
      Stream.pipeThroughChannel(lines),
      Stream.take(envelopes.length),
      Stream.tap(() => Ref.update(unanswered, (count) => count - 1)),
      Stream.catchAll(() => Stream.empty),
      Stream.concat(Stream.execute(offline))
    )
  })

const make = (peers: ReadonlyArray<Peer>) =>
  Effect.gen(function* () {
    const names = peers.map(({ name }) => name)
    yield* Identities.ensure(names)
    const ports = new Map(yield* Effect.forEach(peers, listen))
    const send: Service["send"] = (peer, envelopes) => {
      const port = ports.get(peer)
      return port === undefined
        ? Stream.fail(new PeerOfflineError({ peer, unanswered: envelopes.length }))
        : Stream.unwrap(Effect.orDie(sendTo(peer, port, envelopes)))
    }
    return Peers.of({ names, send })
  })

export const layer = (peers: ReadonlyArray<Peer>) => Layer.scoped(Peers, make(peers))
