/**
 * The forms that change something: one instance, many, the log.
 *
 * @internal
 */
import type { HttpServerResponse } from "@effect/platform"
import { Duration, Effect, Option } from "effect"
import { Backfill, JobLog, JobStore } from "tickwork"
import { Counted, InstanceState } from "../view/index.ts"
import * as Backfilling from "./data/Backfilling.ts"
import * as Steering from "./data/Steering.ts"
import * as Input from "./Input.ts"
import { mostInstances } from "./Limits.ts"
import * as Link from "./Link.ts"
import * as Respond from "./Respond.ts"
import * as Screens from "./Screens.ts"
import * as Message from "./screens/Message.ts"

type Answer = Effect.Effect<
  HttpServerResponse.HttpServerResponse,
  JobStore.StoreError,
  JobStore.JobStore | JobLog.JobLog
>

const noVerb = ({ viewer }: Screens.Request) =>
  Screens.message("Nothing was done", "The form names no verb that this page has.", viewer, 400)

const senderOf = ({ fields, viewer }: Screens.Request): Steering.Sender => ({
  by: viewer.name,
  why: (fields.get("why") ?? "").slice(0, 500)
})

export const request = (given: Screens.Request): Answer =>
  Effect.gen(function* () {
    const { fields, shared, viewer } = given
    const verb = Steering.verbOf(fields.get("verb") ?? "")
    if (Option.isNone(verb)) return noVerb(given)
    const known = yield* shared.reading.known
    const state = yield* Screens.stateOf(fields, known)
    if (state === null) return Screens.message("Not found", "The instance is not stored.", viewer, 404)
    const back = { href: Link.instance(state, { list: "one" }), text: InstanceState.nameOf(state) }
    if (verb.value === "forget" && fields.get("confirm") !== state.jobName)
      return Screens.message(
        "Nothing was forgotten",
        `To forget it, type the name of its job: ${state.jobName}`,
        viewer,
        409,
        back
      )
    const outcome = yield* Steering.one(verb.value, state, senderOf(given), known)
    shared.clear()
    if (typeof outcome === "string") return Screens.message("Nothing was done", outcome, viewer, 409, back)
    const [left] = yield* (yield* JobStore.JobStore).get([state])
    return Respond.to(left === undefined ? Link.jobs() : Link.instance(state, { list: "one", sent: verb.value }))
  })

const filterOf = (fields: Input.Fields): Steering.Filter => {
  const { show, text } = Input.jobsQueryOf(fields)
  return { show, text, job: fields.get("job") ?? "" }
}

const namesShown = 10

/** Without a count it says how many instances that would be; with one that is no longer true it says so again. */
export const bulk = (given: Screens.Request): Answer =>
  Effect.gen(function* () {
    const { fields, shared, viewer } = given
    const verb = Steering.verbOf(fields.get("verb") ?? "")
    if (Option.isNone(verb) || verb.value === "forget") return noVerb(given)
    const filter = filterOf(fields)
    const back = filter.job === "" ? Link.jobs(filter) : Link.job(filter.job, { list: "keys" })
    const { isTooMany, jobs, refs } = yield* Steering.choose(shared.reading, verb.value, filter)
    const refused = (text: string) =>
      Screens.message("Nothing was done", text, viewer, 409, { href: back, text: "Back" })
    if (isTooMany)
      return refused(`The filter takes more than ${Counted.number(mostInstances)} instances: choose fewer.`)
    if (refs.length === 0) return refused("The filter takes no instance for which that would change anything.")
    const said = Input.count(fields.get("count"))
    const sender = senderOf(given)
    if (said !== refs.length) {
      const data: Message.BulkData = {
        verb: verb.value,
        why: sender.why,
        count: refs.length,
        jobs,
        filter: Object.entries(filter),
        some: refs.slice(0, namesShown).map(InstanceState.nameOf),
        said
      }
      return Screens.content(Message.confirm(data, viewer, back), viewer)
    }
    yield* Steering.many(verb.value, refs, sender)
    shared.clear()
    return Respond.to(back)
  })

/** Without a count it lists what would run; with one that is no longer true it does so again. */
export const backfill = (given: Screens.Request): Answer =>
  Effect.gen(function* () {
    const { fields, shared, viewer } = given
    const state = yield* Screens.stateOf(fields, yield* shared.reading.known)
    if (state === null) return Screens.message("Not found", "The instance is not stored.", viewer, 404)
    const back = { href: Link.instance(state, { list: "one" }), text: InstanceState.nameOf(state) }
    const refused = (text: string) => Screens.message("Nothing was done", text, viewer, 409, back)
    const [from, to] = ["from", "to"].map((name) => Backfilling.instantOf(fields.get(name) ?? "", viewer.zone))
    const atOnce = Input.count(fields.get("at-once"))
    if (from === undefined || to === undefined || Option.isNone(from) || Option.isNone(to) || atOnce === null)
      return refused("Say from when, until when, and how many at once.")
    const wanted = { from: from.value, to: to.value }
    const run = Effect.gen(function* () {
      const preview = yield* Backfilling.preview(state, wanted)
      const count = Backfill.toRun(preview).length
      const said = Input.count(fields.get("count"))
      if (said !== count || count === 0) {
        const kept = ["job", "key", "from", "to", "at-once", "why"] as const
        const data = { preview, count, said, fields: kept.map((name) => [name, fields.get(name) ?? ""] as const) }
        return Screens.content(Message.backfill(data, viewer, back.href), viewer)
      }
      yield* Backfilling.send(state, wanted, { atOnce, ...senderOf(given) })
      shared.clear()
      return Respond.to(Link.job(state.jobName, { list: "keys" }))
    })
    return yield* Effect.catchTag(run, "RequestError", ({ message }) => Effect.succeed(refused(message)))
  })

/** How much of the time of an answer a pruning may take. */
const share = 0.8

export const prune = (given: Screens.Request): Answer =>
  Effect.gen(function* () {
    const { bounds, fields, shared, viewer } = given
    const days = fields.get("days") === null || fields.get("days") === "" ? Number.NaN : Number(fields.get("days"))
    const keep = Input.count(fields.get("keep"))
    if (!(days >= 0 && days <= 36_500))
      return Screens.message("Nothing was deleted", "Say how old entries may get, from 0 to 36,500 days.", viewer, 400)
    const retention = { olderThan: Duration.days(days), ...(keep === null ? {} : { keep }) }
    const pruned = yield* JobLog.prune(retention).pipe(
      Effect.catchTag("InvalidRetentionError", (error) => Effect.die(error)),
      Effect.timeoutOption(bounds.queryMs * share)
    )
    shared.clear()
    yield* Effect.logInfo(`The log was pruned on the page${viewer.name === "" ? "" : ` by ${viewer.name}`}.`)
    return Respond.to(
      Link.health({ pruned: Option.match(pruned, { onNone: () => "more", onSome: ({ entries }) => String(entries) }) })
    )
  })
