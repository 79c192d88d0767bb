/**
 * Where a server is, as messages name it, and whether its URL can be used. No message quotes what may be a password.
 *
 * @internal
 */
import type { PgClient } from "@effect/sql-pg"
import { Effect, Redacted } from "effect"
import { DatabaseError } from "../../DatabaseError.ts"

type Config = PgClient.PgClientConfig

const urlOf = ({ url }: Config): string => (url === undefined ? "" : Redacted.value(url))

/** As the driver reads it: relative to a base, and perhaps without a host. */
const parse = (url: string): URL | null => {
  const found = [url, url.replace("@/", "@host/")].find((text) => URL.canParse(text, "postgres://base"))
  return found === undefined ? null : new URL(found, "postgres://base")
}

/** A folder of sockets and the name of a database. */
const isSocket = (url: string): boolean => url.startsWith("/")

const decodes = ({ hostname, password, pathname, username }: URL): boolean => {
  try {
    return [hostname, password, pathname, username].every((part) => typeof decodeURIComponent(part) === "string")
  } catch {
    return false
  }
}

/** An `@` where none may be: user and password are then taken for a part of the address. */
const isSplit = ({ hash, pathname, search }: URL): boolean =>
  pathname.includes("@") ||
  hash.includes("@") ||
  search
    .slice(1)
    .split("&")
    .some((part) => /^[^=]*@/.test(part))

const faultOf = (url: string): string | null => {
  if (url === "" || isSocket(url)) return null
  if (/\0|%00/.test(url)) return "the URL must not hold the character U+0000"
  const parsed = parse(url)
  if (parsed === null || !decodes(parsed)) return "the URL must be one such as postgres://user@host:5432/name"
  return isSplit(parsed)
    ? "the characters / ? # @ of a user or a password in the URL must be written as %2F %3F %23 %40"
    : null
}

const afterCredentials = (name: string): string => name.slice(name.lastIndexOf("@") + 1)

/** Host, port and name of the database, without what stands before the last `@`. */
export const nameOf = (config: Config): string => {
  const url = urlOf(config)
  if (isSocket(url)) return url
  if (faultOf(url) !== null) {
    const [address = ""] = url.split(/[?#]/)
    return address.includes("@") ? afterCredentials(address) : "the database"
  }
  const { database, host, port } = config
  const parsed = url === "" ? null : parse(url)
  const server = host ?? (parsed?.hostname || "localhost")
  return afterCredentials(`${server}:${port ?? (parsed?.port || 5432)}/${database ?? parsed?.pathname.slice(1) ?? ""}`)
}

/** Fails where the driver would find another server in it, or none. */
export const check = (config: Config): Effect.Effect<void, DatabaseError> =>
  Effect.suspend(() => {
    const { database, host, username } = config
    const password = config.password === undefined ? "" : Redacted.value(config.password)
    const isCut = [database, host, username, password].some((text) => text?.includes("\0") === true)
    const detail = isCut ? "an option of the connection must not hold the character U+0000" : faultOf(urlOf(config))
    return detail === null
      ? Effect.void
      : new DatabaseError({ database: nameOf(config), reason: "invalid option", detail })
  })
