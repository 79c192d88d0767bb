/**
 * Turns errors of databases and their drivers into those of the store.
 *
 * @internal
 */
import type { SqlError } from "@effect/sql"
import { Predicate } from "effect"
import { JobStore } from "tickwork"
import { DatabaseError, type Reason } from "../DatabaseError.ts"

/** The code of the driver or of the system; empty for none. */
export const codeOf = (cause: unknown): string => String((cause as { readonly code?: unknown } | null)?.code ?? "")

/** The message of an error, or of the first of several. */
export const messageOf = (cause: unknown): string => {
  // a host with several addresses gives an error for each, and no message of its own
  const first = cause instanceof AggregateError ? cause.errors[0] : cause
  return first instanceof Error && first.message !== "" ? first.message : String(first)
}

const lost = /^(08...|57P0[123]|25P03|ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN)$/

/** By its tag: an application may hold a second copy of the library that has the class. */
export const isSqlError = (error: unknown): error is SqlError.SqlError => Predicate.isTagged(error, "SqlError")

/** The connection to a server was lost or could not be made. */
export const isLost = (cause: unknown): boolean => {
  const code = codeOf(cause)
  return code === ""
    ? cause instanceof Error && /connection|not queryable|timeout exceeded|timed out/i.test(messageOf(cause))
    : lost.test(code)
}

/** The server takes no writes: it is a standby, or has become one. */
export const isStandby = (cause: unknown): boolean =>
  codeOf(cause) === "25006" || (/^(0A000|55000)$/.test(codeOf(cause)) && /recovery/.test(messageOf(cause)))

/** SQLite finds its file damaged, or not to be a database. */
export const isDamaged = (cause: unknown): boolean => /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(cause))

/** The error of a statement of the store. */
export const storeError =
  (operation: string) =>
  ({ cause, message }: SqlError.SqlError) =>
    new JobStore.StoreError({ operation, reason: cause instanceof Error ? messageOf(cause) : message, cause })

/** The native part of better-sqlite3 is missing, or is one for another version of Node. */
const isNotBuilt = (cause: unknown): boolean =>
  codeOf(cause) === "ERR_DLOPEN_FAILED" || /could not locate the bindings file/i.test(messageOf(cause))

const reasonOf = (cause: unknown): Reason => {
  const code = codeOf(cause)
  if (isNotBuilt(cause)) return "driver not built"
  if (/^SQLITE_(BUSY|LOCKED)|^55P03$/.test(code)) return "locked"
  if (/^SQLITE_READONLY|^EROFS$|^25006$/.test(code)) return "read-only"
  if (/^SQLITE_(NOTADB$|CORRUPT)/.test(code)) return "not a database"
  if (/^42(602|622|939)$/.test(code)) return "invalid option"
  if (/^28...$|^42501$|^3F000$/.test(code)) return "forbidden"
  return isLost(cause) || /^53300$|^3D000$|^ENOTFOUND$/.test(code) ? "unreachable" : "unreadable"
}

/** The error of a database that cannot be opened, read or written. */
export const databaseError = (database: string, cause: unknown): DatabaseError => {
  const reason = reasonOf(cause)
  // the driver lists every path that it has tried
  const [first = ""] = messageOf(cause).split("\n")
  const detail =
    reason === "driver not built"
      ? `better-sqlite3 has no native part here: ${first.replace(/\.? Tried:.*$|\.$/, "")}`
      : messageOf(cause)
  return new DatabaseError({ database, reason, detail })
}
