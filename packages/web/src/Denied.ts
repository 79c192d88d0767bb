/**
 * Why a request is refused.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * The request may not do what it wants. `status` is 401 for a browser that has to sign in first, 403 (default) for all others;
 * `signIn` is the address to do that at, relative to the page.
 *
 * @example
 * ```ts
 * import { TickPage } from "@tickwork/web"
 *
 * const denied = new TickPage.Denied({ reason: "Only operators may see the jobs." })
 * console.assert(denied.status === 403)
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class Denied extends Schema.TaggedError<Denied>("tickwork/Denied")("Denied", {
  reason: Schema.String,
  signIn: Schema.optional(Schema.String),
  status: Schema.Literal(401, 403).pipe(
    Schema.propertySignature,
    Schema.withConstructorDefault(() => 403 as const)
  )
}) {
  override get message() {
    return this.reason
  }
}
