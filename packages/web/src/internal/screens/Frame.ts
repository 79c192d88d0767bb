/**
 * What every screen stands in: the head of the document, the ways to the other screens, and who is looking. Pure.
 *
 * @internal
 */
import type { DateTime } from "effect"
import { type Html, html } from "../Html.ts"
import * as Link from "../Link.ts"

export interface Viewer {
  readonly now: number
  readonly zone: DateTime.TimeZone
  /** Who the requests are made by; empty where it is not known. */
  readonly name: string
  /** The token of the forms; `null` where the viewer may only read. */
  readonly formToken: string | null
  /** Payloads and memory are shown. */
  readonly showsValues: boolean
}

export interface Content {
  readonly title: string
  /** The address that is current. */
  readonly screen: "jobs" | "timeline" | "health" | "other"
  readonly main: Html
  /** False where the screen does not follow what is written. */
  readonly isLive?: boolean
}

const screens = [
  ["jobs", "Jobs", Link.jobs()],
  ["timeline", "Timeline", Link.timeline()],
  ["health", "Health", Link.health()]
] as const

export const page = (
  { isLive = true, main, screen, title }: Content,
  viewer: Pick<Viewer, "formToken" | "name">
): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Tickwork</title>
<link rel="icon" href="icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="page.css">
<script src="page.js" defer></script>
</head>
<body data-follows="${isLive ? "yes" : "no"}">
<a class="skip" href="#main">Skip to the content</a>
<header>
<a class="brand" href="${Link.jobs()}">Tickwork</a>
<nav aria-label="Screens"><ul>${screens.map(
    ([name, text, href]) =>
      html`<li><a href="${href}"${name === screen ? html` aria-current="page"` : null}>${text}</a></li>`
  )}</ul></nav>
<p class="viewer">${viewer.formToken === null ? "read-only" : viewer.name === "" ? "control" : `control as ${viewer.name}`}</p>
<p id="live" class="live" hidden></p>
</header>
<main id="main" tabindex="-1">
${main}
</main>
</body>
</html>
`.text
