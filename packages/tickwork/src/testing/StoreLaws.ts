/**
 * The laws that every job store keeps, as values: each is an effect on a fresh, empty store, which dies where the law is
 * broken. They need no test runner.
 *
 * @since 0.1.0
 */
import * as ClaimLaws from "./internal/laws/ClaimLaws.ts"
import * as InstanceLaws from "./internal/laws/InstanceLaws.ts"
import type { Laws } from "./internal/laws/Law.ts"
import * as LogLaws from "./internal/laws/LogLaws.ts"
import * as PartitionLaws from "./internal/laws/PartitionLaws.ts"
import * as ProcessLaws from "./internal/laws/ProcessLaws.ts"
import * as RetentionLaws from "./internal/laws/RetentionLaws.ts"

export type { Law } from "./internal/laws/Law.ts"

/**
 * The laws, by what they promise.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { JobStore } from "tickwork"
 * import { StoreLaws } from "tickwork/testing"
 *
 * const checked = Effect.forEach(Object.values(StoreLaws.laws), (law) => Effect.provide(law, JobStore.layerMemory))
 * Effect.runPromise(checked)
 * ```
 *
 * @since 0.1.0
 * @category laws
 */
export const laws: Laws = {
  ...InstanceLaws.laws,
  ...ClaimLaws.laws,
  ...LogLaws.laws,
  ...PartitionLaws.laws,
  ...ProcessLaws.laws,
  ...RetentionLaws.laws
}
