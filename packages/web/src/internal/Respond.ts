/**
 * Responses with the headers that every answer of the page has.
 *
 * @internal
 */
import { HttpServerResponse } from "@effect/platform"

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'"
].join("; ")

// "no-referrer" would make the Origin of a form "null"
export const common = {
  "content-security-policy": policy,
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store"
}

/** A picture may style itself, and nothing else. */
const picturePolicy = "default-src 'none'; style-src 'unsafe-inline'"

export const page = (text: string, status = 200): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.text(text, { status, contentType: "text/html; charset=utf-8", headers: common })

export const text = (text: string, status = 200, contentType = "text/plain; charset=utf-8") =>
  HttpServerResponse.text(text, { status, contentType, headers: common })

export const picture = (svg: string): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.text(svg, {
    contentType: "image/svg+xml",
    headers: { ...common, "content-security-policy": picturePolicy }
  })

/** What is part of the build is kept by a browser, which checks whether it has changed. */
export const asset = (text: string, contentType: string, etag: string): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.text(text, { contentType, headers: { ...common, "cache-control": "no-cache", etag } })

export const unchanged = (etag: string): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.empty({ status: 304, headers: { ...common, "cache-control": "no-cache", etag } })

export const to = (location: string): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.empty({ status: 303, headers: { ...common, location } })

/** Adds the headers to what another has answered. */
export const guarded = (response: HttpServerResponse.HttpServerResponse): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.setHeaders(response, common)
