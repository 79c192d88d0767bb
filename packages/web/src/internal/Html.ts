/**
 * HTML as a value: every text that is put into a template is escaped here, and nowhere else.
 *
 * @internal
 */
import { Visible } from "../view/index.ts"

/** Markup that is safe to send. Only this module makes it. */
export class Html {
  readonly #text: string

  private constructor(text: string) {
    this.#text = text
  }

  /** @internal */
  static readonly of = (text: string): Html => new Html(text)

  get text(): string {
    return this.#text
  }
}

/** What a template takes: texts and numbers are escaped, `null`, `undefined` and `false` are nothing. */
export type Value = Html | string | number | null | undefined | false | ReadonlyArray<Value>

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;"
}

const escaped = (text: string): string => text.replace(/[&<>"'`]/g, (character) => entities[character] ?? "")

const textOf = (value: Value): string => {
  if (value === null || value === undefined || value === false) return ""
  if (value instanceof Html) return value.text
  if (Array.isArray(value)) return value.map(textOf).join("")
  return escaped(Visible.of(value))
}

/** Markup with values in it. An attribute stands in double quotes. */
export const html = (parts: TemplateStringsArray, ...values: ReadonlyArray<Value>): Html =>
  Html.of(parts.reduce((all, part, index) => all + part + (index < values.length ? textOf(values[index]) : ""), ""))

/** A text as it is, for a form to send back: escaped, but with no character shown by number. */
export const exact = (text: string): Html => Html.of(escaped(text))

/** A text of several lines. */
export const lines = (text: string): Html => Html.of(text.split("\n").map(textOf).join("\n"))

/** An attribute without a value, or nothing. */
export const flag = (name: "checked" | "selected" | "open", isSet: boolean): Html => Html.of(isSet ? ` ${name}` : "")
