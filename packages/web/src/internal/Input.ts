/**
 * What a request says: its parameters and the fields of its form, as texts. Pure but for reading the body.
 *
 * @internal
 */
import { FileSystem, HttpServerRequest } from "@effect/platform"
import { Effect, Option } from "effect"
import { Denied } from "../Denied.ts"
import { bodyBytes } from "./Limits.ts"
import type { JobsQuery } from "./Link.ts"
import { type Range, ranges } from "./screens/TimelineScreen.ts"

export type Fields = URLSearchParams

export const queryOf = (url: string): Fields => {
  const at = url.indexOf("?")
  return new URLSearchParams(at < 0 ? "" : url.slice(at + 1))
}

/** The path below the one that the page is mounted at, without a slash at its beginning. */
export const pathOf = (url: string): string => (url.split("?")[0] ?? "").replace(/^\/+/, "")

const oneOf = <A extends string>(text: string | null, values: ReadonlyArray<A>, otherwise: A): A =>
  values.find((value) => value === text) ?? otherwise

/** A whole number from 1 upward. */
export const count = (text: string | null): number | null => {
  const value = Number(text)
  return text !== null && Number.isSafeInteger(value) && value >= 1 ? value : null
}

export const jobsQueryOf = (fields: Fields): JobsQuery => ({
  text: fields.get("text") ?? "",
  show: oneOf(fields.get("show"), ["all", "failing", "overdue", "paused", "running"], "all"),
  sort: oneOf(fields.get("sort"), ["name", "trouble"], "name"),
  page: count(fields.get("page")) ?? 1
})

export const rangeOf = (fields: Fields): Range =>
  oneOf(fields.get("range"), Object.keys(ranges) as Array<Range>, "hour")

const unread = new Denied({ reason: "The form could not be read: it is cut short, or larger than 64 KB." })

const isForm = /^application\/x-www-form-urlencoded\b/i

/** The fields of a form of at most 64 KB. */
export const form: Effect.Effect<Fields, Denied, HttpServerRequest.HttpServerRequest> = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  if (!isForm.test(request.headers["content-type"] ?? ""))
    return yield* new Denied({ reason: "The body must be a form." })
  if (Number(request.headers["content-length"] ?? 0) > bodyBytes) return yield* unread
  const text = yield* request.text.pipe(
    HttpServerRequest.withMaxBodySize(Option.some(FileSystem.Size(bodyBytes))),
    Effect.mapError(() => unread)
  )
  return new URLSearchParams(text)
})
