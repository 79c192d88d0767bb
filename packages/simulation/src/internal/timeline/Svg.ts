/**
 * Elements of a picture, as text. Nothing gets in that is not escaped, or that XML does not allow.
 *
 * @internal
 */
import * as Printable from "../text/Printable.ts"

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" }

export const escaped = (text: string): string => Printable.of(text).replace(/[&<>"]/g, (one) => entities[one] ?? one)

type Attributes = Readonly<Record<string, string | number>>

/** Tenths of a pixel are enough. */
const shown = (value: string | number): string =>
  typeof value === "string" ? escaped(value) : String(Math.round(value * 10) / 10)

/** An element around children, which are elements already. */
export const element = (name: string, attributes: Attributes, ...children: ReadonlyArray<string>): string => {
  const opening = `<${name}${Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${shown(value)}"`)
    .join("")}`
  return children.length === 0 ? `${opening}/>` : `${opening}>${children.join("")}</${name}>`
}

export const text = (x: number, y: number, words: string, attributes: Attributes = {}): string =>
  element("text", { x, y, ...attributes }, escaped(words))

/** A path, or nothing where nothing is drawn. */
export const path = (d: string, attributes: Attributes): string =>
  d === "" ? "" : element("path", { d, ...attributes })

/** About how wide a text is; what draws it has its own fonts, so nothing may depend on it but where things stand. */
export const widthOf = (words: string, size: number): number => Printable.widthOf(words) * size * 0.54

/** At least as wide as a text is in any common font: what must stay inside something is measured by this. */
export const roomFor = (words: string, size: number): number => Printable.widthOf(words) * size * 0.62

/** The palette of Okabe and Ito, which people tell apart however they see colours. */
export const colors = {
  run: "#0072B2",
  backfilled: "#009E73",
  error: "#D55E00",
  missed: "#E69F00",
  alert: "#CC79A7",
  skipped: "#9a9a9a",
  outage: "#F0E442",
  move: "#009E73",
  jump: "#1a1a1a",
  down: "#8c8c8c",
  ink: "#1a1a1a",
  soft: "#595959",
  line: "#e4e4e4",
  paper: "#ffffff",
  card: "#f5f6f7",
  paused: "#dcdcea",
  waiting: "#56B4E9",
  hatch: "#f0f0f0",
  hatchLine: "#c4c4c4"
} as const

const dark: ReadonlyArray<readonly [light: string, dark: string]> = [
  [colors.ink, "#e8e8e8"],
  [colors.soft, "#a8acb3"],
  [colors.line, "#33363c"],
  [colors.paper, "#16181c"],
  [colors.card, "#22252b"],
  [colors.paused, "#2e2e40"],
  [colors.hatch, "#26292f"],
  [colors.hatchLine, "#4a4e55"],
  [colors.run, "#56a8dc"]
]

/** Other colours where the reader prefers a dark page; the attributes hold everywhere else. */
export const darkColors: string = element(
  "style",
  {},
  `@media (prefers-color-scheme: dark){${dark
    .map(([light, dark]) => `[fill="${light}"]{fill:${dark}}[stroke="${light}"]{stroke:${dark}}`)
    .join("")}}`
)
