/**
 * The schedulers that are compared, and what each of them needs.
 */
import type * as Catalog from "../Catalog.ts"

export interface Peer {
  /** As the measuring program calls it. */
  readonly name: string
  readonly peer: Catalog.Peer
  readonly label: string
  /** The packages of it that are installed on demand. */
  readonly set: string | null
  readonly server: "none" | "postgres" | "redis"
  readonly needsNewNode?: boolean
}

export const all: ReadonlyArray<Peer> = [
  { name: "tickwork-normal", peer: "tickwork", label: "Tickwork, SQLite NORMAL", set: null, server: "none" },
  { name: "tickwork-full", peer: "tickwork", label: "Tickwork, SQLite FULL", set: null, server: "none" },
  { name: "tickwork-postgres", peer: "tickwork", label: "Tickwork, PostgreSQL", set: null, server: "postgres" },
  { name: "plainjob", peer: "plainjob", label: "plainjob 0.0.14, SQLite NORMAL", set: "plainjob", server: "none" },
  { name: "liteque", peer: "liteque", label: "liteque 0.8.0, SQLite NORMAL", set: "liteque", server: "none" },
  {
    name: "effect-queue",
    peer: "effect-queue",
    label: "SqlPersistedQueue of @effect/sql 0.52.1, SQLite NORMAL",
    set: null,
    server: "none"
  },
  {
    name: "bullmq",
    peer: "bullmq",
    label: "BullMQ 6.7.0, Redis, flushed every second",
    set: "bullmq",
    server: "redis"
  },
  {
    name: "pg-boss",
    peer: "pg-boss",
    label: "pg-boss 12.38.0, batches of 100, PostgreSQL",
    set: "postgres",
    server: "postgres",
    needsNewNode: true
  },
  {
    name: "graphile-worker",
    peer: "graphile-worker",
    label: "graphile-worker 0.18.0, PostgreSQL",
    set: "postgres",
    server: "postgres",
    needsNewNode: true
  },
  {
    name: "graphile-worker-tuned",
    peer: "graphile-worker",
    label: "graphile-worker 0.18.0, local queue of 500, PostgreSQL",
    set: "postgres",
    server: "postgres",
    needsNewNode: true
  }
]
