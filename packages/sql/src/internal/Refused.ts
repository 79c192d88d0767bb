/**
 * What a database says when it cannot be opened, read or written, as the reason of a refusal.
 *
 * @internal
 */
import { DatabaseError, type Reason } from "../DatabaseError.ts"
import { codeOf, isLost, messageOf } from "./Errors.ts"

const reasonOf = (cause: unknown): Reason => {
  const code = codeOf(cause)
  if (/^SQLITE_(BUSY|LOCKED)|^55P03$/.test(code)) return "locked"
  if (/^SQLITE_READONLY|^EROFS$|^25006$/.test(code)) return "read-only"
  if (/^SQLITE_(NOTADB$|CORRUPT)/.test(code)) return "not a database"
  if (/^28...$|^42501$|^3F000$/.test(code)) return "forbidden"
  return isLost(cause) || /^53300$|^3D000$|^ENOTFOUND$/.test(code) ? "unreachable" : "unreadable"
}

/** The refusal of a database that cannot be opened, read or written. */
export const refused = (database: string, cause: unknown): DatabaseError =>
  new DatabaseError({ database, reason: reasonOf(cause), detail: messageOf(cause) })
