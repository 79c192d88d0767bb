/**
 * The page over HTTP: what it shows of a store, what it does, and each rule that keeps it safe.
 */
import { expect, layer } from "@effect/vitest"
import { Context, Effect, Layer, Schedule, Stream } from "effect"
import { Control, Job, JobLog, JobStore, Jobs, Tick } from "tickwork"
import { TickPage } from "../src/index.ts"
import * as Filled from "./support/Filled.ts"
import * as Http from "./support/Http.ts"
import * as Server from "./support/Server.ts"

const job = encodeURIComponent(Filled.jobName)
const failing = `job?job=${job}&key=${encodeURIComponent(Filled.markup)}`

const screens = [
  "",
  "?show=failing",
  "?sort=trouble&text=a",
  "job?job=sync_send",
  failing,
  "job?job=upload",
  "job?job=upload&key=ada",
  `job?job=${job}&list=keys`,
  "job?job=purge_expired",
  `run?job=${job}&key=${encodeURIComponent(Filled.markup)}&seq=1`,
  "run?job=sync_send&seq=2",
  "timeline?range=week",
  "timeline.svg?range=week",
  "health"
]

const controls = (jobName: string) =>
  Effect.gen(function* () {
    const log = yield* JobLog.JobLog
    const pending = yield* (yield* JobStore.JobStore).pending
    const stored = yield* log.history({ jobName, status: "control", limit: 5 })
    return [
      ...pending.filter((one) => one.jobName === jobName).map(Control.pendingText),
      ...stored.map(({ reason }) => reason)
    ]
  })

layer(Filled.memory, { excludeTestServices: true })("the page", (it) => {
  it.scoped("answers each screen with 200, whatever the jobs are called", () =>
    Effect.gen(function* () {
      const server = yield* Server.control({ zone: "Europe/Berlin" })
      for (const screen of screens) {
        const { headers, status } = yield* Http.get(server, screen)
        expect({ screen, status }).toEqual({ screen, status: 200 })
        expect(headers["x-content-type-options"]).toBe("nosniff")
        expect(headers["cache-control"]).toBe("no-store")
      }
    })
  )

  it.scoped("shows names, keys, reasons and errors as text, and lets no script in", () =>
    Effect.gen(function* () {
      const server = yield* Server.control()
      for (const screen of screens) {
        const { headers, text } = yield* Http.get(server, screen)
        expect(text).not.toMatch(/<img src=x|<script>|\u202e| style=|onerror="/)
        expect(headers["content-security-policy"]).toMatch(/default-src 'none'/)
        if (screen.startsWith("timeline.svg")) continue
        expect(headers["content-security-policy"]).not.toMatch(/unsafe/)
        expect(text.match(/<script/g)).toHaveLength(1)
      }
      expect((yield* Http.get(server, failing)).text).toContain("&lt;img src=x")
    })
  )

  it.scoped("tells by which time zone data its process plans, on the health screen", () =>
    Effect.gen(function* () {
      const server = yield* Server.serve({ zone: "Europe/Berlin" })
      expect((yield* Http.get(server, "health")).text).toContain(`${process.versions.tz}, of the process of this page`)
    })
  )

  it.scoped("shows the state, the sentence, the next instants and the history of an instance", () =>
    Effect.gen(function* () {
      const server = yield* Server.serve({ zone: "Europe/Berlin" })
      const { text } = yield* Http.get(server, "job?job=purge_expired")
      expect(text).toContain("purge_expired was paused at")
      expect(text).toContain("moves. &quot;tickwork resume&quot; continues it.")
      const nightly = yield* Http.get(server, "job?job=nightly")
      expect(nightly.text.match(/<li><time/g)).toHaveLength(10)
      // the clocks go forward on that day: 03:00 is two hours after UTC
      expect(nightly.text).toContain('datetime="2026-03-29T01:00:00.000Z"')
      expect((yield* Http.get(server, "job?job=sync_send")).text).toContain("Figures of the last 10 log entries")
    })
  )

  it.scoped("shows the whole error of a run, its attempts and its neighbours", () =>
    Effect.gen(function* () {
      const server = yield* Server.serve()
      const { text } = yield* Http.get(server, screens[9])
      expect(text).toContain("Attempt 1")
      expect(text).toContain("Attempt 2")
      expect(text).toContain("[cause]: Error: connect ECONNREFUSED")
      expect(text).toContain("Entry after, #3")
    })
  )

  it.scoped("filters, sorts and pages the list of jobs", () =>
    Effect.gen(function* () {
      const server = yield* Server.serve({ limits: { pageSize: 2 } })
      const names = ({ text }: Http.Answer) => [...text.matchAll(/<tr id="j-([^"]*)"/g)].map(([, id]) => id)
      expect(names(yield* Http.get(server))).toHaveLength(2)
      expect((yield* Http.get(server)).text).toContain("Page 1 of 3")
      expect(names(yield* Http.get(server, "?page=3"))).toEqual(["upload"])
      expect(names(yield* Http.get(server, "?page=99"))).toEqual(["upload"])
      expect(names(yield* Http.get(server, "?show=paused"))).toEqual(["purge_expired"])
      expect(names(yield* Http.get(server, "?text=SYNC"))).toEqual(["sync_send"])
      expect((yield* Http.get(server, "?show=failing")).text).not.toContain('id="j-sync_send"')
    })
  )

  it.scoped("hides memory and payload unless it was told to show values", () =>
    Effect.gen(function* () {
      const hidden = yield* Server.serve()
      for (const screen of screens) expect((yield* Http.get(hidden, screen)).text).not.toContain(Filled.secret)
      for (const api of ["api/jobs", "api/history", "api/run?job=sync_send&seq=1", "api/explain?job=sync_send"])
        expect((yield* Http.get(hidden, api)).text).not.toContain(Filled.secret)
      expect((yield* Http.get(hidden, "job?job=sync_send")).text).toContain("It has memory, hidden on this page.")
      const shown = yield* Server.serve({ show: "values" })
      expect((yield* Http.get(shown, "job?job=sync_send")).text).toContain(Filled.secret)
    })
  )

  it.scoped("leads from where it is mounted to the slash below it, and knows what is not there", () =>
    Effect.gen(function* () {
      const server = yield* Server.serve()
      const { headers, status } = yield* Http.send(server, "/jobs?show=all")
      expect([status, headers.location]).toEqual([303, "jobs/?show=all"])
      for (const path of ["nowhere", "job?job=nowhere", "run?job=sync_send&seq=99", "job?job=upload&key=nowhere"])
        expect((yield* Http.get(server, path)).status).toBe(404)
      expect((yield* Http.send(server, "/jobs/", { method: "PUT" })).status).toBe(405)
    })
  )

  it.scoped("sends its script and style once, and then only that they have not changed", () =>
    Effect.gen(function* () {
      const server = yield* Server.serve()
      const { headers, text } = yield* Http.get(server, "page.js")
      expect(text).toContain("EventSource")
      const again = yield* Http.send(server, "/jobs/page.js", { headers: { "if-none-match": headers.etag ?? "" } })
      expect([again.status, again.text]).toEqual([304, ""])
    })
  )
})

layer(Filled.memory, { excludeTestServices: true })("a request from elsewhere", (it) => {
  it.scoped("is refused for another host, on every address but the one for probes", () =>
    Effect.gen(function* () {
      const server = yield* Server.control({ hostNames: ["jobs.example.com"] })
      for (const path of ["", "job?job=sync_send", "feed", "page.js", "api/jobs", "metrics", "timeline.svg"]) {
        const foreign = yield* Http.send(server, `/jobs/${path}`, { headers: { host: "evil.test" } })
        expect({ path, status: foreign.status }).toEqual({ path, status: 403 })
        expect(foreign.text).not.toContain("sync_send")
      }
      expect((yield* Http.send(server, "/jobs/", { headers: { host: "jobs.example.com" } })).status).toBe(200)
      expect((yield* Http.send(server, "/jobs/healthz", { headers: { host: "10.0.0.7" } })).text).toBe("ok\n")
    })
  )

  it.scoped("changes nothing from another origin, nor without the token of a form", () =>
    Effect.gen(function* () {
      const server = yield* Server.control()
      const token = yield* Http.tokenOf(server)
      const form = { verb: "pause", job: "sync_send", key: "", why: "", token }
      const refused = [
        yield* Http.post(server, "request", form, { origin: "http://evil.test" }),
        yield* Http.post(server, "request", form, { "sec-fetch-site": "cross-site" }),
        yield* Http.post(server, "request", { ...form, token: "" }),
        yield* Http.post(server, "request", { ...form, token: `1.${token.split(".")[1]}` }),
        yield* Http.post(server, "bulk", { verb: "pause", token: "" }),
        yield* Http.post(server, "prune", { days: "0", token: "" }),
        yield* Http.post(server, "request", form, { host: "evil.test" }),
        yield* Http.post(server, "request", form, { "content-type": "text/plain" }),
        yield* Http.get(server, `request?${new URLSearchParams(form)}`)
      ]
      expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403, 403, 403, 404])
      expect(yield* controls("sync_send")).toEqual([])
    })
  )

  it.scoped("changes nothing on a page that only shows, and finds no form there", () =>
    Effect.gen(function* () {
      const server = yield* Server.serve({ authorize: () => Effect.succeed({ name: "ada", allow: "control" }) })
      for (const screen of screens)
        expect((yield* Http.get(server, screen)).text).not.toMatch(/method="post"|name="token"/)
      const controlling = yield* Server.control()
      const token = yield* Http.tokenOf(controlling)
      for (const path of ["request", "bulk", "backfill", "prune"]) {
        const { status, text } = yield* Http.post(server, path, { verb: "pause", job: "sync_send", days: "0", token })
        expect(status).toBe(403)
        expect(text).toContain("This page is read-only for you")
      }
      expect(yield* controls("sync_send")).toEqual([])
    })
  )

  it.scoped("is refused as the application says, and a page with verbs asks it", () =>
    Effect.gen(function* () {
      const denied = new TickPage.Denied({ reason: "Only operators." })
      const server = yield* Server.serve({ allow: "control", authorize: () => Effect.fail(denied) })
      for (const path of ["", "feed", "metrics", "api/jobs", "timeline.svg"]) {
        const { status, text } = yield* Http.get(server, path)
        expect([status, text.includes("Only operators.")]).toEqual([403, true])
      }
      // a program without types may leave it out
      const open = yield* Server.serve({ allow: "control" } as never)
      expect((yield* Http.get(open)).status).toBe(403)
    })
  )

  it.scoped("is refused where its form is larger than 64 KB", () =>
    Effect.gen(function* () {
      const server = yield* Server.control()
      const { status, text } = yield* Http.post(server, "request", { why: "a".repeat(70_000) })
      expect([status, text.includes("64 KB")]).toEqual([403, true])
    })
  )
})

layer(Filled.memory, { excludeTestServices: true })("a form", (it) => {
  it.scoped("stores a request with its reason and who sent it", () =>
    Effect.gen(function* () {
      const server = yield* Server.control()
      const token = yield* Http.tokenOf(server)
      const why = `${Filled.markup} moves`
      const sent = yield* Http.post(server, "request", { verb: "pause", job: "upload", key: "ada", why, token })
      expect([sent.status, sent.headers.location]).toEqual([303, "job?job=upload&key=ada&list=one&sent=pause"])
      expect(yield* controls("upload")).toEqual([`pause pending by ada: ${why}`])
      expect((yield* Http.get(server, "job?job=upload&key=ada")).text).toContain("pause by ada: &lt;img")
      const again = yield* Http.post(server, "request", { verb: "pause", job: "upload", key: "ada", why, token })
      expect([again.status, again.text.includes("upload/ada is already paused.")]).toEqual([409, true])
    })
  )

  it.scoped("forgets only an instance whose job's name was typed", () =>
    Effect.gen(function* () {
      const server = yield* Server.control()
      const token = yield* Http.tokenOf(server)
      const form = { verb: "forget", job: "nightly", key: "", token }
      for (const confirm of ["", "Nightly", "nightly "])
        expect((yield* Http.post(server, "request", { ...form, confirm })).status).toBe(409)
      expect(yield* controls("nightly")).toEqual([])
      expect((yield* Http.post(server, "request", { ...form, confirm: "nightly" })).status).toBe(303)
      expect(yield* controls("nightly")).toEqual(["forget pending by ada"])
    })
  )

  it.scoped("for many says how many they are, and does nothing where that has changed", () =>
    Effect.gen(function* () {
      const server = yield* Server.control()
      const token = yield* Http.tokenOf(server)
      const form = { verb: "trigger", text: "s", show: "all", why: "a rehearsal", token }
      const asked = yield* Http.post(server, "bulk", form)
      expect(asked.text).toContain("Run now 2 instances of 2 jobs?")
      const changed = yield* Http.post(server, "bulk", { ...form, count: "3" })
      expect(changed.text).toContain("It was 3 instances a moment ago. Nothing was done.")
      expect(yield* controls("sync_send")).toEqual([])
      expect((yield* Http.post(server, "bulk", { ...form, count: "2" })).status).toBe(303)
      expect(yield* controls("sync_send")).toEqual(["trigger pending by ada: a rehearsal"])
      const none = yield* Http.post(server, "bulk", { ...form, text: "no such job" })
      expect(none.status).toBe(409)
      expect((yield* Http.post(server, "bulk", { ...form, verb: "forget", count: "2" })).status).toBe(400)
    })
  )

  it.scoped("prunes the log", () =>
    Effect.gen(function* () {
      const server = yield* Server.control()
      const token = yield* Http.tokenOf(server)
      for (const days of ["", "-1", "x", "1e9"])
        expect((yield* Http.post(server, "prune", { days, keep: "", token })).status).toBe(400)
      const { headers, status } = yield* Http.post(server, "prune", { days: "0", keep: "", token })
      expect([status, headers.location]).toEqual([303, expect.stringMatching(/^health\?pruned=\d+$/)])
      const left = yield* Stream.runCollect(JobLog.stream({ jobName: "sync_send" }))
      expect(left.length).toBe(1)
    })
  )
})

const fetches = Job.make("fetch", Effect.fail("offline")).pipe(Job.every("1 hour"), Job.retry(Schedule.stop))
const indexes = Job.make("index", Effect.void).pipe(Job.after([fetches]))
const reports = Job.make("report", Effect.void).pipe(Job.cron("0 9 * * *", "UTC"))
const ticking = Layer.provideMerge(Tick.layer(Jobs.make(fetches, indexes, reports)), JobStore.layerMemory)

const dayMs = 86_400_000

/** The beginning of a day, as a browser sends it. */
const dayAgo = (days: number) => `${new Date(Date.now() - days * dayMs).toISOString().slice(0, 10)}T00:00`

layer(ticking, { excludeTestServices: true })("the page beside a tick", (it) => {
  it.scoped("says what only the process knows: which job another waits for", () =>
    Effect.gen(function* () {
      yield* Tick.once
      const server = yield* Server.serve()
      const { text } = yield* Http.get(server, "job?job=index")
      expect(text).toContain("In this process: &quot;index&quot; waits for &quot;fetch&quot;")
      expect((yield* Http.get(server, "job?job=fetch")).text).not.toContain("In this process")
    })
  )

  it.scoped("lists the planned times of a backfill, and runs them once they are confirmed", () =>
    Effect.gen(function* () {
      const server = yield* Server.control({ zone: "UTC" })
      const token = yield* Http.tokenOf(server)
      expect((yield* Http.get(server, "job?job=report")).text).toContain("Make up for planned times")
      const form = { job: "report", key: "", from: dayAgo(3), to: dayAgo(0), "at-once": "1", why: "rebuilt", token }
      const asked = yield* Http.post(server, "backfill", form)
      expect(asked.text).toContain("Run 3 planned times of report?")
      expect(asked.text.match(/: to run</g)).toHaveLength(3)
      const changed = yield* Http.post(server, "backfill", { ...form, count: "2" })
      expect(changed.text).toContain("It was 2 planned times a moment ago. Nothing was done.")
      expect((yield* Http.post(server, "backfill", { ...form, count: "3" })).status).toBe(303)
      while ((yield* Tick.once).length > 0);
      const { history } = yield* JobLog.JobLog
      const made = yield* history({ jobName: "report", status: "success", limit: 10 })
      expect(
        made.map(({ scheduledAt, verdict }) => [verdict, new Date(scheduledAt).toISOString().slice(0, 16)])
      ).toEqual([1, 2, 3].map((days) => ["backfilled", dayAgo(days).replace("T00", "T09")]))
      const again = yield* Http.post(server, "backfill", form)
      expect(again.text).toContain("Nothing to run in this time")
    })
  )

  it.scoped("says in one sentence what is wrong with a backfill", () =>
    Effect.gen(function* () {
      const server = yield* Server.control({ zone: "UTC" })
      const token = yield* Http.tokenOf(server)
      const form = { job: "report", key: "", from: dayAgo(3), to: dayAgo(0), "at-once": "1", why: "", token }
      const refused = (fields: Record<string, string>) =>
        Effect.map(Http.post(server, "backfill", { ...form, ...fields }), ({ status, text }) => [status, text] as const)
      for (const [fields, said] of [
        [{ from: "yesterday" }, "Say from when"],
        [{ "at-once": "0" }, "Say from when"],
        [{ from: dayAgo(0) }, "must be later than from"],
        [{ from: dayAgo(20_000) }, "must leave at most 10000 planned times after from"],
        [{ job: "index" }, "must be Job.every, Job.cron or Job.at"]
      ] as const)
        expect(yield* refused(fields)).toEqual([409, expect.stringContaining(said)])
      expect((yield* refused({ job: "nothing" }))[0]).toBe(404)
    })
  )

  it.scoped("carries a request out at once, whatever the tick watches", () =>
    Effect.gen(function* () {
      const server = yield* Server.control()
      const token = yield* Http.tokenOf(server)
      yield* Http.post(server, "request", { verb: "pause", job: "fetch", key: "", why: "", token })
      expect(yield* controls("fetch")).toEqual(["paused by ada"])
      const many = { verb: "resume", text: "", show: "all", why: "on we go", token, count: "1" }
      expect((yield* Http.post(server, "bulk", many)).status).toBe(303)
      yield* Tick.once
      expect(yield* controls("fetch")).toEqual(["resumed by ada: on we go", "paused by ada"])
    })
  )
})

const slow = Layer.map(Filled.memory, (context) => {
  const log = Context.get(context, JobLog.JobLog)
  return Context.add(context, JobLog.JobLog, { ...log, counts: () => Effect.never })
})

layer(slow, { excludeTestServices: true })("a store that takes too long", (it) => {
  it.scoped("is given up after the time of a query", () =>
    Effect.gen(function* () {
      const server = yield* Server.serve({ limits: { queryTime: "50 millis" } })
      const { status, text } = yield* Http.get(server)
      expect([status, text.includes("Too slow")]).toEqual([503, true])
    })
  )
})

const broken = Layer.map(Filled.memory, (context) => {
  const fails = new JobStore.StoreError({ operation: "read", reason: "<b>disk</b> gone" })
  const store = Context.get(context, JobStore.JobStore)
  return Context.add(context, JobStore.JobStore, { ...store, names: Effect.fail(fails), pending: Effect.fail(fails) })
})

layer(broken, { excludeTestServices: true })("a store that does not answer", (it) => {
  it.scoped("is named as such, as text, and its probe fails", () =>
    Effect.gen(function* () {
      const server = yield* Server.serve()
      const { status, text } = yield* Http.get(server)
      expect([status, text.includes("&lt;b&gt;disk&lt;/b&gt; gone")]).toEqual([503, true])
      expect((yield* Http.get(server, "healthz")).status).toBe(503)
      expect((yield* Http.get(server, "api/jobs")).status).toBe(503)
    })
  )
})
