/**
 * What the application offers over HTTP. It handles nothing.
 */
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema } from "@effect/platform"
import { Schema } from "effect"

export class NewOrder extends Schema.Class<NewOrder>("web-app/NewOrder")({
  email: Schema.NonEmptyString,
  article: Schema.NonEmptyString,
  pieces: Schema.Int.pipe(Schema.positive())
}) {}

export class Order extends Schema.Class<Order>("web-app/Order")({
  id: Schema.Int,
  email: Schema.String,
  article: Schema.String,
  pieces: Schema.Int,
  /** In ms since the epoch; null until the confirmation is sent. */
  confirmedAt: Schema.NullOr(Schema.Int)
}) {}

export class OutOfStock extends Schema.TaggedError<OutOfStock>("web-app/OutOfStock")(
  "OutOfStock",
  { article: Schema.String },
  HttpApiSchema.annotations({ status: 409 })
) {}

/** For a load balancer: 200 as long as jobs run in time, else 503 with the same facts. */
const facts = {
  isRunning: Schema.Boolean,
  isStoreReachable: Schema.Boolean,
  oldestOverdue: Schema.NullOr(Schema.String)
}

export class Health extends Schema.Class<Health>("web-app/Health")(facts) {}

export class Unhealthy extends Schema.TaggedError<Unhealthy>("web-app/Unhealthy")(
  "Unhealthy",
  facts,
  HttpApiSchema.annotations({ status: 503 })
) {}

export class Api extends HttpApi.make("shop")
  .add(
    HttpApiGroup.make("orders")
      .add(
        HttpApiEndpoint.post("place", "/orders")
          .setPayload(NewOrder)
          .addSuccess(Order, { status: 201 })
          .addError(OutOfStock)
      )
      .add(HttpApiEndpoint.get("list", "/orders").addSuccess(Schema.Array(Order)))
  )
  .add(
    HttpApiGroup.make("operations").add(HttpApiEndpoint.get("health", "/health").addSuccess(Health).addError(Unhealthy))
  ) {}
