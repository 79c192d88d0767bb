/** Several processes on one database, on hosts whose clocks differ by up to an hour: random lives of them. */
import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import * as Sets from "@tickwork/test-support/Sets"
import { turn } from "@tickwork/test-support/Turn"
import { Clock, Effect, FastCheck as fc, Schedule, Schema } from "effect"
import { Job, Jobs, type LogEntry, type Run } from "tickwork"
import { type Host, Hosts } from "./support/Hosts.ts"

const { hour, minute, second } = Bench

type Step =
  | { readonly do: "open"; readonly ahead: number }
  | { readonly do: "stop" | "kill" | "trigger" | "pause" | "resume"; readonly by: number }
  | { readonly do: "enqueue"; readonly by: number; readonly minutes: number }
  | { readonly do: "client"; readonly ahead: number; readonly minutes: number }
  | { readonly do: "wait"; readonly minutes: number }

const by = fc.nat(3)

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("open" as const), ahead: fc.integer({ min: -30, max: 30 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("stop" as const, "kill" as const), by }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom("trigger" as const, "pause" as const, "resume" as const), by })
  },
  {
    weight: 3,
    // at once, or this many minutes later on the clock of its host
    arbitrary: fc.record({ do: fc.constant("enqueue" as const), by, minutes: fc.oneof(fc.constant(0), fc.nat(40)) })
  },
  {
    weight: 1,
    // a program that runs nothing enqueues
    arbitrary: fc.record({
      do: fc.constant("client" as const),
      ahead: fc.integer({ min: -30, max: 30 }),
      minutes: fc.nat(40)
    })
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("wait" as const), minutes: fc.integer({ min: 1, max: 25 }) }) }
)

/** What a body has been told, and how it ended. */
interface Begun extends Run.Run {
  readonly at: number
  isOver: boolean
}

class Life {
  readonly hosts = new Hosts(1)
  readonly begun: Array<Begun> = []
  readonly enqueued: Array<string> = []
  readonly triggeredAt: Array<number> = []
  readonly #living: Array<Host> = []
  readonly ended: Array<Host> = []
  /** True where there was a time at which no process lived, or the job was paused: then instants may be missed. */
  wasDown = false
  wasPaused = false

  readonly #body = (run: Run.Run) =>
    Effect.suspend(() => {
      const one: Begun = { ...run, at: this.hosts.time.now, isOver: false }
      this.begun.push(one)
      return Effect.zipRight(
        Effect.sleep("20 seconds"),
        Effect.sync(() => {
          one.isOver = true
        })
      )
    })

  readonly mail = Job.make("mail", { payload: Schema.Number }, this.#body).pipe(Job.missed("skip"), Job.parallel)
  readonly hourly = Job.make("hourly", {}, this.#body).pipe(Job.cron("0 * * * *"), Job.missed("skip"), Job.parallel)
  readonly poll = Job.make("poll", {}, this.#body).pipe(
    Job.repeat(Schedule.spaced("17 minutes")),
    Job.missed("skip"),
    Job.parallel
  )
  readonly grid = Job.make("grid", {}, this.#body).pipe(Job.every("10 minutes"), Job.missed("skip"), Job.parallel)
  readonly jobs = Jobs.make(this.mail, this.hourly, this.poll, this.grid)

  open(ahead: number): Host {
    const host = this.hosts.open(this.jobs, ahead)
    this.#living.push(host)
    return host
  }

  take(step: Step): void {
    // no two requests are made in the same millisecond
    this.hosts.advance(second)
    if (step.do === "open") {
      if (this.#living.length < 4) this.open(step.ahead)
      return
    }
    if (step.do === "wait") {
      this.hosts.advance(step.minutes * minute)
      return
    }
    if (step.do === "client") {
      const at = this.hosts.time.now + step.ahead * minute
      const key = `${this.enqueued.length}`
      this.enqueued.push(key)
      const request = { verb: "enqueue", jobName: "mail", key, at, by: "", why: "", payload: { value: 1 } } as const
      this.hosts.run(this.hosts.store.submit([{ ...request, dueAt: at + step.minutes * minute }]))
      return
    }
    const host = this.#living[step.by % Math.max(1, this.#living.length)]
    if (host === undefined) return
    switch (step.do) {
      case "stop":
      case "kill":
        this.#living.splice(this.#living.indexOf(host), 1)
        this.ended.push(host)
        host.end(step.do)
        if (this.#living.length === 0) this.wasDown = true
        return
      case "enqueue": {
        const key = `${this.enqueued.length}`
        this.enqueued.push(key)
        const at = step.minutes === 0 ? {} : { at: host.on(Clock.currentTimeMillis) + step.minutes * minute }
        host.on(host.tick.enqueue(this.mail, 1, { key, ...at }))
        return
      }
      case "trigger":
        this.triggeredAt.push(this.hosts.time.now)
        host.on(host.tick.request("trigger", this.hourly, {}))
        return
      default:
        this.wasPaused ||= step.do === "pause"
        host.on(host.tick.request(step.do, this.grid, {}))
    }
  }

  /** Ends all, and lets one process on the true clock live on. */
  settle(): Host {
    for (const host of this.#living.splice(0)) {
      this.ended.push(host)
      host.end("stop")
    }
    this.wasDown = true
    const last = this.open(0)
    last.on(last.tick.request("resume", this.grid, {}))
    this.hosts.advance(4 * hour)
    return last
  }

  get log(): ReadonlyArray<LogEntry.LogEntry> {
    return this.hosts.run(this.hosts.store.log)
  }
}

const assertNoneTwice = ({ begun }: Life) => {
  const ids = begun.map(({ attempt, runKey, trigger }) => `${runKey}, attempt ${attempt}, ${trigger}`)
  assert.deepStrictEqual(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    [],
    "begun twice"
  )
}

/** Which verdicts of a log are false: that something was missed, or a clock set back. */
const assertNoneFalse = (log: ReadonlyArray<LogEntry.LogEntry>, { wasPaused }: Life, wasDown: boolean) => {
  const isTrue = ({ jobName, missedBecause: why }: LogEntry.LogEntry) =>
    why === null ||
    why === "overtaken" ||
    (why === "down" && wasDown) ||
    (why === "paused" && wasPaused && jobName === "grid")
  assert.deepStrictEqual(
    log
      .filter((entry) => !isTrue(entry))
      .map(({ jobName, missedBecause, scheduledAt }) => [jobName, missedBecause, scheduledAt]),
    [],
    "false verdicts"
  )
  const reasons = log.map(({ reason }) => reason ?? "")
  assert.deepStrictEqual(
    reasons.filter((reason) => /set back/.test(reason)),
    [],
    "no clock was set back"
  )
}

/** Each accepted request has its run, and each job goes on. */
const assertNothingLost = (life: Life) => {
  const { begun, enqueued, triggeredAt } = life
  const over = begun.filter(({ isOver }) => isOver)
  const isOfMail = (wanted: string) => (one: { readonly jobName: string; readonly key: string }) =>
    one.jobName === "mail" && one.key === wanted
  for (const key of enqueued) {
    const isMissed = life.log.filter(isOfMail(key)).some(({ verdict }) => verdict === "missed")
    assert.isTrue(over.some(isOfMail(key)) !== isMissed, `what was enqueued as ${key} ran, or was missed`)
  }
  for (const at of triggeredAt)
    assert.isTrue(
      over.some((one) => one.trigger === "manual" && one.at >= at),
      `what was triggered at ${at} ran`
    )
  const lately = life.hosts.time.now - 2 * hour
  for (const [jobName, atLeast] of [
    ["hourly", 1],
    ["poll", 4],
    ["grid", 10]
  ] as const)
    assert.isAtLeast(
      over.filter((one) => one.jobName === jobName && one.at > lately).length,
      atLeast,
      `${jobName} goes on`
    )
}

const lives = { fast: 100, full: 1000 }

describe("processes on hosts whose clocks differ by up to an hour", () => {
  it("lose no run, begin none twice, and say of none that it was missed", () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -30, max: 30 }),
        fc.array(step, { minLength: 3, maxLength: 14 }),
        async (first, steps) => {
          await turn()
          const life = new Life()
          life.open(first)
          for (const one of steps) life.take(one)
          const before = life.log
          assertNoneFalse(before, life, life.wasDown)
          life.settle()
          assertNoneTwice(life)
          assertNoneFalse(life.log, life, true)
          assertNothingLost(life)
          assert.isFalse(life.ended.some(({ events }) => events.some(({ _tag }) => _tag === "ClockJumped")))
        }
      ),
      { numRuns: Sets.pick(lives), seed: 3 }
    ))
})

/** A job whose next instant is 35 minutes away, on a host with the right clock. */
const nightly = (policy: "latest" | "skip", begun: Array<Run.Run> = [], version = 1) => {
  const body = (run: Run.Run) => Effect.sync(() => begun.push(run))
  return Job.make("nightly", {}, body).pipe(Job.cron("35 12 * * *"), Job.missed(policy), Job.version(version))
}

const tags = ({ events }: Host) => events.map(({ _tag }) => _tag)

describe("a host whose clock is ahead", () => {
  it.each(["latest", "skip"] as const)(
    "runs late what a living host is to run later, and calls nothing missed: %s",
    (policy) => {
      const hosts = new Hosts(1)
      const begun: Array<Run.Run> = []
      hosts.open(Jobs.make(nightly(policy, begun)), 0)
      hosts.advance(minute)
      hosts.open(Jobs.make(nightly(policy, begun)), 60)
      hosts.advance(2 * hour)
      assert.deepStrictEqual(
        begun.map(({ scheduledAt, trigger }) => [scheduledAt - Bench.start, trigger]),
        [[35 * minute, "schedule"]]
      )
      assert.deepStrictEqual(
        hosts.run(hosts.store.log).map(({ verdict }) => verdict),
        ["late"]
      )
    }
  )

  it("judges by its own clock what no living process has in hand: that is missed", () => {
    for (const how of ["stop", "kill"] as const) {
      const hosts = new Hosts(1)
      const right = hosts.open(Jobs.make(nightly("latest")), 0)
      right.end(how)
      // a process that was killed elsewhere counts as alive for three minutes
      hosts.advance(4 * minute)
      hosts.open(Jobs.make(nightly("latest")), 60)
      hosts.advance(minute)
      assert.deepStrictEqual(
        hosts.run(hosts.store.log).map(({ missedBecause }) => missedBecause),
        ["down", null],
        how
      )
    }
  })

  it("hears at its end what a run of another host has planned, and calls nothing missed", () => {
    const hosts = new Hosts(1)
    const jobs = Jobs.make(Job.make("long", Effect.sleep("45 minutes")).pipe(Job.every("1 hour"), Job.missed("skip")))
    hosts.open(jobs, 0)
    hosts.advance(minute)
    hosts.open(jobs, 55)
    hosts.advance(3 * hour)
    assert.deepStrictEqual(
      hosts.run(hosts.store.log).map(({ verdict }) => verdict),
      ["ran", "late", "late", "late"]
    )
  })

  it("that brings a newer version loses nothing that the older one has planned", () => {
    const hosts = new Hosts(1)
    const begun: Array<Run.Run> = []
    hosts.open(Jobs.make(nightly("skip", begun)), 0)
    hosts.advance(minute)
    hosts.open(Jobs.make(nightly("skip", begun, 2)), 60)
    hosts.advance(2 * hour)
    assert.deepStrictEqual(
      begun.map(({ scheduledAt }) => scheduledAt - Bench.start),
      [35 * minute]
    )
  })

  it("takes back what a newer release on a slower clock has planned, and calls nothing missed", () => {
    const hosts = new Hosts(1)
    const begun: Array<Run.Run> = []
    const of = (version: number) =>
      Jobs.make(
        Job.make("grid", {}, (run) => Effect.sync(() => begun.push(run))).pipe(
          Job.every("10 minutes"),
          Job.missed("skip"),
          Job.version(version)
        )
      )
    hosts.open(of(1), 50)
    hosts.advance(minute)
    const newer = hosts.open(of(2), 0)
    hosts.advance(25 * minute)
    const before = begun.length
    newer.end("kill")
    hosts.advance(30 * minute)
    assert.isAtLeast(begun.length - before, 2, "the older one goes on")
    const why = hosts.run(hosts.store.log).map(({ missedBecause }) => missedBecause)
    assert.deepStrictEqual(
      why.filter((one) => one !== null && one !== "overtaken"),
      []
    )
  })
})

describe("a host whose clock is behind", () => {
  it("that opens alone what one ahead has planned waits no longer, and claims no clock set back", () => {
    const hosts = new Hosts(1)
    const jobs = Jobs.make(Job.make("poll", Effect.void).pipe(Job.repeat(Schedule.spaced("20 minutes"))))
    hosts.open(jobs, 60).end("stop")
    const behind = hosts.open(jobs, 0)
    hosts.advance(30 * minute)
    const [first, control, second] = hosts.run(hosts.store.log)
    assert.strictEqual(first?.status, "success")
    assert.match(control?.reason ?? "", /^it was planned by a clock [\d.]+ (s|min|h)( \d+ (s|min))? ahead of this one$/)
    assert.isAtMost((second?.startedAt ?? Number.NaN) - Bench.start, 21 * minute)
    assert.notInclude(tags(behind), "ClockJumped")
  })
})

describe("a clock that differs from the database's", () => {
  const jobs = Jobs.make(Job.make("nothing", Effect.void).pipe(Job.at(Bench.start + 1000 * hour)))

  it("by more than a second is an event, a warning once, and in the health", () => {
    const hosts = new Hosts(1)
    const off = hosts.open(jobs, 3)
    hosts.advance(10 * minute)
    const byMs = -3 * minute - 1
    assert.deepStrictEqual(
      off.events.filter(({ _tag }) => _tag === "ClockDiffers"),
      [{ _tag: "ClockDiffers", byMs }]
    )
    const warnings = hosts.said.filter((text) => text.startsWith("The database"))
    assert.deepStrictEqual(warnings, ["The database's clock is 3 min behind the clock of this host: check both"])
    assert.strictEqual(off.on(off.tick.health).clockDifferenceMs, byMs)
  })

  it("by less is none", () => {
    const hosts = new Hosts(1)
    const right = hosts.open(jobs, 0)
    hosts.advance(10 * minute)
    assert.notInclude(tags(right), "ClockDiffers")
    assert.deepStrictEqual(hosts.said, [])
    assert.strictEqual(right.on(right.tick.health).clockDifferenceMs, -1)
  })

  it("is told again when it has changed", () => {
    const hosts = new Hosts(1)
    const off = hosts.open(jobs, 3)
    hosts.advance(5 * minute)
    // the clock of the database is set on
    hosts.databaseAheadMs = 3 * minute
    hosts.advance(5 * minute)
    hosts.databaseAheadMs = 5 * minute
    hosts.advance(5 * minute)
    const differences = off.events.flatMap((event) => (event._tag === "ClockDiffers" ? [event.byMs] : []))
    assert.deepStrictEqual(differences, [-3 * minute - 1, 2 * minute - 1])
  })
})

describe("a job that comes after another one, on hosts whose clocks differ", () => {
  it.each([
    [-50, 0],
    [0, -50],
    [50, 0],
    [0, 50]
  ])("runs once for each of its ends, whichever host makes it: %i and %i minutes", (one, other) => {
    const hosts = new Hosts(1)
    const begun: Array<string> = []
    const body = ({ jobName }: Run.Run) => Effect.sync(() => begun.push(jobName))
    const source = Job.make("source", {}, body).pipe(Job.at(Bench.start + 1000 * hour))
    const jobs = Jobs.make(source, Job.make("target", {}, body).pipe(Job.after([source])))
    for (const ahead of [one, other, one, other, other, one]) {
      begun.length = 0
      const host = hosts.open(jobs, ahead)
      hosts.advance(7 * minute)
      assert.deepStrictEqual(begun, [], "what has run is not run again")
      host.on(host.tick.request("trigger", source, {}))
      hosts.advance(7 * minute)
      assert.deepStrictEqual(begun, ["source", "target"])
      host.end("stop")
    }
  })

  it("that waited for one on a slower clock is late, not missed", () => {
    const hosts = new Hosts(1)
    const source = Job.make("source", Effect.sleep("30 minutes")).pipe(Job.at(Bench.start + 1000 * hour))
    const target = Job.make("target", Effect.void).pipe(
      Job.cron("20 12 * * *"),
      Job.after([source]),
      Job.missed("skip")
    )
    const jobs = Jobs.make(source, target)
    const right = hosts.open(jobs, 0)
    right.on(right.tick.request("trigger", source, {}))
    hosts.advance(minute)
    hosts.open(jobs, -40)
    hosts.open(jobs, 15)
    hosts.advance(2 * hour)
    const log = hosts.run(hosts.store.logOf("target"))
    assert.deepStrictEqual(
      log.map(({ status, verdict }) => [status, verdict]),
      [["success", "late"]]
    )
  })
})
