/**
 * Runs an effect without the superuser's rights, which know no unreadable file. It never touches the real user id, so
 * the rights come back.
 */
import { Effect } from "effect"

const nobody = 65_534

export const asOrdinaryUser = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  process.getuid?.() === 0
    ? Effect.acquireUseRelease(
        Effect.sync(() => process.seteuid?.(nobody)),
        () => effect,
        () => Effect.sync(() => process.seteuid?.(0))
      )
    : effect
