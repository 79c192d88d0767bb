/**
 * The tables of the application, in the file in which Tickwork keeps its own.
 */
import { SqlClient, type SqlError } from "@effect/sql"
import { Effect, Layer, Option } from "effect"
import { type NewOrder, Order, OutOfStock } from "./Api.ts"

/** Made at the start, beside the tables of Tickwork: neither knows the other's. */
export const tables = Layer.effectDiscard(
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`CREATE TABLE IF NOT EXISTS stock (article TEXT PRIMARY KEY, pieces INTEGER NOT NULL CHECK (pieces >= 0))`
    yield* sql`CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, email TEXT NOT NULL, article TEXT NOT NULL,
      pieces INTEGER NOT NULL, confirmed_at INTEGER)`
    yield* sql`INSERT INTO stock (article, pieces) VALUES ('lamp', 10) ON CONFLICT DO NOTHING`
  })
)

type Query<A, E = never> = Effect.Effect<A, E | SqlError.SqlError, SqlClient.SqlClient>

interface Row {
  readonly id: number
  readonly email: string
  readonly article: string
  readonly pieces: number
  readonly confirmed_at: number | null
}

const orderOf = ({ confirmed_at, ...row }: Row) => new Order({ ...row, confirmedAt: confirmed_at })

export const all: Query<ReadonlyArray<Order>> = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  Effect.map(sql<Row>`SELECT id, email, article, pieces, confirmed_at FROM orders ORDER BY id`, (rows) =>
    rows.map(orderOf)
  )
)

export const find = (id: number): Query<Option.Option<Order>> =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.map(sql<Row>`SELECT id, email, article, pieces, confirmed_at FROM orders WHERE id = ${id}`, ([row]) =>
      Option.map(Option.fromNullable(row), orderOf)
    )
  )

export const insert = ({ article, email, pieces }: NewOrder): Query<Order> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const [row] = yield* sql<{ id: number }>`INSERT INTO orders (email, article, pieces)
      VALUES (${email}, ${article}, ${pieces}) RETURNING id`
    return new Order({ id: row?.id ?? 0, email, article, pieces, confirmedAt: null })
  })

export const takeFromStock = ({ article, pieces }: NewOrder): Query<void, OutOfStock> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const taken = yield* sql`UPDATE stock SET pieces = pieces - ${pieces}
      WHERE article = ${article} AND pieces >= ${pieces} RETURNING article`
    if (taken.length === 0) return yield* new OutOfStock({ article })
  })

export const confirm = (id: number, at: number): Query<void> =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.asVoid(sql`UPDATE orders SET confirmed_at = ${at} WHERE id = ${id}`)
  )

export const deleteOlderThan = (at: number): Query<number> =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.map(sql`DELETE FROM orders WHERE confirmed_at < ${at} RETURNING id`, (rows) => rows.length)
  )
