/**
 * Reads and renders a screen for its address.
 *
 * @internal
 */

import type { HttpServerResponse } from "@effect/platform"
import { Timeline } from "@tickwork/simulation"
import { Effect, Option } from "effect"
import { JobLog, type JobStore } from "tickwork"
import { InstanceState, type Known } from "../view/index.ts"
import * as HealthData from "./data/HealthData.ts"
import * as JobData from "./data/JobData.ts"
import * as Reading from "./data/Reading.ts"
import * as Steering from "./data/Steering.ts"
import * as Input from "./Input.ts"
import type { Bounds } from "./Limits.ts"
import * as Link from "./Link.ts"
import * as Respond from "./Respond.ts"
import type { Shared } from "./Shared.ts"
import * as Frame from "./screens/Frame.ts"
import * as HealthScreen from "./screens/HealthScreen.ts"
import * as JobScreen from "./screens/JobScreen.ts"
import * as JobsScreen from "./screens/JobsScreen.ts"
import * as Message from "./screens/Message.ts"
import * as RunScreen from "./screens/RunScreen.ts"
import * as TimelineScreen from "./screens/TimelineScreen.ts"

export interface Request {
  readonly shared: Shared
  readonly bounds: Bounds
  readonly viewer: Frame.Viewer
  readonly fields: Input.Fields
}

type Response = HttpServerResponse.HttpServerResponse

type Answer<R = never> = Effect.Effect<Response, JobStore.StoreError, JobStore.JobStore | JobLog.JobLog | R>

export const content = (content: Frame.Content, viewer: Frame.Viewer, status = 200): Response =>
  Respond.page(Frame.page(content, viewer), status)

export const message = (
  title: string,
  text: string,
  viewer: Frame.Viewer,
  status: number,
  back = { href: Link.jobs(), text: "All jobs" }
): Response => content(Message.render(title, text, back), viewer, status)

const notFound = (what: string, viewer: Frame.Viewer): Response =>
  message("Not found", `${what} is not stored; it may have been pruned or forgotten.`, viewer, 404)

const known = ({
  shared,
  viewer
}: Request): Effect.Effect<Known.Known & Frame.Viewer, JobStore.StoreError, JobStore.JobStore | JobLog.JobLog> =>
  Effect.map(shared.reading.known, (known) => ({ ...known, ...viewer }))

export const jobs = (request: Request): Answer =>
  Effect.gen(function* () {
    const { fields, shared, viewer } = request
    const data = yield* shared.jobs.get(Input.jobsQueryOf(fields))
    return content(JobsScreen.render(data, yield* known(request)), viewer)
  })

/** The keys of a job, where it has more than one instance and none is named. */
export const job = (request: Request): Answer =>
  Effect.gen(function* () {
    const { bounds, fields, shared, viewer } = request
    const options = yield* known(request)
    const jobName = fields.get("job") ?? ""
    const list = fields.get("list")
    const given = fields.get("key") ?? (list === "one" ? "" : null)
    const log = yield* JobLog.JobLog
    const stored = yield* log.states({ jobName, limit: 2 })
    const some = [...stored, ...options.newRuns.filter((run) => run.jobName === jobName).slice(0, 2)]
    const [only] = some
    if (only === undefined) return notFound(`The job ${JSON.stringify(jobName)}`, viewer)
    if (given === null && (some.length > 1 || list === "keys")) {
      const data = yield* JobData.keys(shared.reading, options, {
        jobName,
        from: fields.get("from"),
        pageSize: bounds.pageSize
      })
      return content(JobScreen.keys(data, options), viewer)
    }
    const ref = { jobName, key: given ?? only.key }
    const state = yield* Reading.stateOf(ref, options)
    if (state === null) return notFound(InstanceState.nameOf(ref), viewer)
    const sent = Option.getOrNull(Steering.verbOf(fields.get("sent") ?? ""))
    const data = yield* JobData.instance(state, options, { after: fields.get("after"), hasKeys: some.length > 1, sent })
    return content(JobScreen.instance(data, options), viewer)
  })

export const run = ({ fields, viewer }: Request): Answer =>
  Effect.gen(function* () {
    const ref = {
      jobName: fields.get("job") ?? "",
      key: fields.get("key") ?? "",
      seq: Input.count(fields.get("seq")) ?? 1
    }
    const data = yield* JobData.run(ref)
    return data === null
      ? notFound(`The entry ${ref.seq} of ${InstanceState.nameOf(ref)}`, viewer)
      : content(RunScreen.render(data, viewer), viewer)
  })

const drawn = ({ fields, shared }: Request) =>
  shared.timeline({ range: Input.rangeOf(fields), job: fields.get("job") ?? "" })

export const timeline = (request: Request): Answer =>
  Effect.map(drawn(request), (data) => content(TimelineScreen.render(data, request.viewer), request.viewer))

export const picture = (request: Request): Answer =>
  Effect.map(drawn(request), ({ job, timeline }) =>
    Respond.picture(Timeline.toSvg(timeline, { title: job === "" ? "All jobs" : job, width: 1100 }))
  )

export type Doctor<R> = Effect.Effect<ReadonlyArray<HealthScreen.Finding>, unknown, R>

export const health = <R>(request: Request, doctor: Doctor<R> | undefined): Answer<R> =>
  Effect.gen(function* () {
    const { fields, shared, viewer } = request
    const facts = yield* HealthData.read(shared.reading)
    const isCalled = doctor !== undefined && fields.get("doctor") === "1"
    const findings = isCalled ? yield* Effect.orElseSucceed(doctor, () => failed) : null
    const pruned = prunedOf(fields)
    return content(HealthScreen.render({ ...facts, findings, hasDoctor: doctor !== undefined, pruned }, viewer), viewer)
  })

const failed: ReadonlyArray<HealthScreen.Finding> = [
  {
    severity: "error",
    code: "doctor-failed",
    text: "The doctor could not finish",
    cure: "call tickwork doctor on the command line, which says why"
  }
]

const prunedOf = (fields: Input.Fields): string | null => {
  const count = fields.get("pruned")
  if (count === "more") return "Deleted for as long as a request may take. There is more: delete again."
  return count !== null && /^\d{1,15}$/.test(count)
    ? `Deleted ${Number(count).toLocaleString("en-US")} log entries.`
    : null
}

/** The instance that a form names. */
export const stateOf = (fields: Input.Fields, known: Known.Known) =>
  Reading.stateOf({ jobName: fields.get("job") ?? "", key: fields.get("key") ?? "" }, known)
