/**
 * The forms that steer: each is a POST with a reason and the token of the page. Pure.
 *
 * @internal
 */
import { DateTime } from "effect"
import { Backfill, type JobStore } from "tickwork"
import { InstanceState, type Requests } from "../../view/index.ts"
import { exact, type Html, html } from "../Html.ts"
import * as Link from "../Link.ts"
import type { Viewer } from "./Frame.ts"

export const labels: Readonly<Record<Requests.Verb, string>> = {
  pause: "Pause",
  resume: "Resume",
  trigger: "Run now",
  retry: "Retry",
  cancel: "Cancel",
  forget: "Forget"
}

export const hidden = (name: string, value: string | number): Html =>
  html`<input type="hidden" name="${name}" value="${exact(String(value))}">`

export const token = (viewer: Pick<Viewer, "formToken">): Html => hidden("token", viewer.formToken ?? "")

export const buttons = (verbs: ReadonlyArray<Requests.Verb>, of: string): ReadonlyArray<Html> =>
  verbs.map(
    (verb) => html`<button name="verb" value="${verb}" aria-label="${`${labels[verb]} ${of}`}">${labels[verb]}</button>`
  )

const reason = (id: string, of: string): Html =>
  html`<label for="${id}" class="reason">Reason</label><input id="${id}" name="why" maxlength="500" autocomplete="off" aria-label="${`Reason, for ${of}`}">`

/** The verbs of one instance; nothing for a viewer who may only read. */
export const ofInstance = (ref: JobStore.Ref, verbs: ReadonlyArray<Requests.Verb>, viewer: Viewer): Html | null => {
  if (viewer.formToken === null) return null
  const name = InstanceState.nameOf(ref)
  return html`<form class="steer" method="post" action="request">${token(viewer)}${hidden("job", ref.jobName)}${hidden("key", ref.key)}
${reason(Link.idOf("why", ref.jobName, ref.key), name)}<span class="buttons">${buttons(verbs, name)}</span></form>`
}

/** To delete an instance its job's name has to be typed. */
export const forget = (ref: JobStore.Ref, entries: number, viewer: Viewer): Html | null => {
  if (viewer.formToken === null) return null
  const name = InstanceState.nameOf(ref)
  const id = Link.idOf("name", ref.jobName, ref.key)
  return html`<details id="${Link.idOf("forget", ref.jobName, ref.key)}"><summary>Forget ${name}</summary>
<form class="steer" method="post" action="request">${token(viewer)}${hidden("job", ref.jobName)}${hidden("key", ref.key)}
<p>Deletes its state and its ${entries} log entries, once it is not running. Type the name of the job: <code>${ref.jobName}</code></p>
<label for="${id}">Name of the job</label><input id="${id}" name="confirm" autocomplete="off" required>
${reason(Link.idOf("why-forget", ref.jobName, ref.key), `forgetting ${name}`)}
<span class="buttons"><button name="verb" value="forget" class="danger">Forget</button></span></form></details>`
}

/** What is made up for is shown before it is run. Its times are those of the page's zone. */
export const backfill = (ref: JobStore.Ref, viewer: Viewer): Html | null => {
  if (viewer.formToken === null) return null
  const of = (name: string) => Link.idOf(`backfill-${name}`, ref.jobName, ref.key)
  const instant = (name: string, label: string) =>
    html`<label for="${of(name)}">${label}</label><input id="${of(name)}" name="${name}" type="datetime-local" required>`
  return html`<details id="${Link.idOf("backfill", ref.jobName, ref.key)}"><summary>Make up for planned times</summary>
<form class="steer" method="post" action="backfill">${token(viewer)}${hidden("job", ref.jobName)}${hidden("key", ref.key)}
${instant("from", "From")}${instant("to", "Before")}
<label for="${of("at-once")}">At once</label><input id="${of("at-once")}" name="at-once" type="number" min="1" max="${Backfill.mostAtOnce}" value="1" required>
${reason(of("why"), `a backfill of ${InstanceState.nameOf(ref)}`)}<span class="buttons"><button>Show the planned times</button></span>
<p class="hint">The next page lists them and asks. Times are in ${DateTime.zoneToString(viewer.zone)}.</p></form></details>`
}

/** The verbs of all instances of a job, or of all that a filter takes; what they would do is shown before it is done. */
export const bulk = (
  title: string,
  filter: ReadonlyArray<readonly [name: string, value: string]>,
  viewer: Viewer
): Html | null => {
  if (viewer.formToken === null) return null
  const verbs = ["pause", "resume", "trigger", "retry", "cancel"] as const
  return html`<details id="bulk"><summary>${title}</summary><form class="steer" method="post" action="bulk">${token(viewer)}${filter.map(
    ([name, value]) => hidden(name, value)
  )}
${reason("why-bulk", "all of them")}<span class="buttons">${buttons(verbs, "all of them")}</span>
<p class="hint">The next page says how many instances that are, and asks.</p></form></details>`
}
