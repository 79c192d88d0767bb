/**
 * What databases and their drivers say when they fail.
 *
 * It makes none of its own but the store's.
 *
 * @internal
 */
import type { SqlError } from "@effect/sql"
import { JobStore } from "tickwork"

/** The code that the driver or the system gives; empty where there is none. */
export const codeOf = (cause: unknown): string => String((cause as { readonly code?: unknown } | null)?.code ?? "")

/** The words of the first error that has some. */
export const messageOf = (cause: unknown): string => {
  // a host with several addresses gives an error for each, and no words of its own
  const first = cause instanceof AggregateError ? cause.errors[0] : cause
  return first instanceof Error && first.message !== "" ? first.message : String(first)
}

const lost = /^(08...|57P0[123]|25P03|ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN)$/

/** The connection to a server is gone, or could not be had. */
export const isLost = (cause: unknown): boolean => {
  const code = codeOf(cause)
  return code === ""
    ? cause instanceof Error && /connection|not queryable|timeout exceeded|timed out/i.test(messageOf(cause))
    : lost.test(code)
}

/** SQLite has found its file damaged, or to be none of its own. */
export const isDamaged = (cause: unknown): boolean => /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(cause))

/** What the store says when a statement of its own has failed. */
export const storeError =
  (operation: string) =>
  ({ cause, message }: SqlError.SqlError) =>
    new JobStore.StoreError({ operation, reason: cause instanceof Error ? messageOf(cause) : message, cause })
