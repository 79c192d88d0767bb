/**
 * The jobs: one for each order, and one that runs by itself.
 */
import { Effect, Option, Schema } from "effect"
import { Job, Jobs } from "tickwork"
import * as Database from "./Database.ts"
import { Mailer } from "./Mailer.ts"

const day = 24 * 3_600_000

/** Enqueued in the transaction that stores the order, so that there is no order without it, and no mail without an order. */
export const confirmOrder = Job.make("confirm_order", { payload: Schema.Struct({ orderId: Schema.Int }) }, (run) =>
  Effect.gen(function* () {
    const order = yield* Database.find(run.payload.orderId)
    if (Option.isNone(order)) return
    const { article, email, id, pieces } = order.value
    const mailer = yield* Mailer
    yield* mailer.send({ to: email, text: `${pieces} x ${article} is on its way`, key: run.runKey })
    yield* Database.confirm(id, run.startedAt)
  })
).pipe(Job.priority(2), Job.timeout("20 seconds"))

export const deleteOldOrders = Job.make("delete_old_orders", (run) =>
  Effect.flatMap(Database.deleteOlderThan(run.scheduledAt - 90 * day), (deleted) => Effect.log(`${deleted} deleted`))
).pipe(Job.cron("0 4 * * *", "Europe/Berlin"), Job.transactional)

export const jobs = Jobs.make(confirmOrder, deleteOldOrders)
