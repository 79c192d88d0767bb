import { Effect, Schedule, Schema } from "effect"
import { Job, Limit } from "tickwork"

export const job = (name: string) => Job.make(name, Effect.void)
export const hourly = Job.every("1 hour")

/** Faults are found before a service is needed. */
const transactional = (name: string) =>
  job(name).pipe(hourly, Job.transactional) as unknown as Job.Job<string, unknown, unknown, never>

/** What is wrong with each job: its option, and what the fault's line of the message must hold. */
export const wrong: ReadonlyArray<
  readonly [string, Job.Job<string, unknown, unknown, never>, option: string, ReadonlyArray<string>]
> = [
  ["an empty name", job("").pipe(hourly), "name", ['job "": name must be 1 to 200 characters', 'got "".', "Use"]],
  ["a blank name", job(" ").pipe(hourly), "name", ["not blank", 'got " "']],
  ["a name of two lines", job("a\nb").pipe(hourly), "name", ['job "a\\nb"', "control characters"]],
  ["a long name", job("n".repeat(201)).pipe(hourly), "name", ["1 to 200 characters"]],
  [
    "priority 0",
    job("p0").pipe(hourly, Job.priority(0)),
    "priority",
    ['job "p0": priority must be an integer from 1 to 10, got 0. 1 runs first, 10 last.']
  ],
  ["priority 11", job("p11").pipe(hourly, Job.priority(11)), "priority", ['job "p11"', "from 1 to 10, got 11."]],
  ["priority 2.5", job("p2.5").pipe(hourly, Job.priority(2.5)), "priority", ["an integer", "got 2.5"]],
  ["priority NaN", job("pNaN").pipe(hourly, Job.priority(Number.NaN)), "priority", ["an integer", "got NaN"]],
  ["a text as priority", job("text").pipe(hourly, Job.priority("1" as unknown as number)), "priority", ['got "1"']],
  [
    "a limit without a name",
    job("nameless").pipe(hourly, Job.limit(Limit.make(" ", 1))),
    "limit",
    ['job "nameless": limit must have a name', 'got " "', '"network"']
  ],
  [
    "a limit with the name of a mode",
    job("placed").pipe(hourly, Job.limit(Limit.make("serial", 1))),
    "limit",
    ['job "placed": limit must have a name, other than that of a concurrency mode, got "serial"']
  ],
  [
    "a limit of no run",
    job("limited").pipe(hourly, Job.limit(Limit.make("network", 0))),
    'limit "network"',
    ['job "limited": limit "network" must be an integer from 1 upward, got 0.']
  ],
  [
    "a limit of NaN runs",
    job("unlimited").pipe(hourly, Job.limit(Limit.make("number", Number.NaN))),
    'limit "number"',
    ["got NaN"]
  ],
  ["a limit of 1.5 runs", job("halved").pipe(hourly, Job.limit(Limit.make("half", 1.5))), 'limit "half"', ["got 1.5"]],
  [
    "a limit with an unknown scope",
    job("scoped").pipe(hourly, Job.limit(Limit.make("scope", 1, { scope: "host" as "process" }))),
    'scope of "scope"',
    ['must be "process" or "database", got "host"']
  ],
  [
    "a cadence beside a payload",
    hourly(Job.make("letter", { payload: Schema.String }, () => Effect.void) as unknown as ReturnType<typeof job>),
    "cadence",
    ['job "letter": cadence must be absent beside a payload, got "every 1 h". Drop it, or the payload']
  ],
  [
    "an interval of nothing",
    job("zero").pipe(Job.every("0 seconds")),
    "every",
    ['job "zero": every must be a whole number of milliseconds', 'got "0 seconds"', 'such as "5 seconds"']
  ],
  ["an interval of NaN", job("none").pipe(Job.every(Number.NaN)), "every", ["got NaN"]],
  ["a negative interval", job("backward").pipe(Job.every("-5 seconds")), "every", ['got "-5 seconds"']],
  ["an interval past the last date", job("eons").pipe(Job.every(1e300)), "every", ["to 8640000000000000, got 1e+300"]],
  ["an interval of nanoseconds", job("nanos").pipe(Job.every(500n)), "every", ["got 500", 'such as "5 seconds"']],
  [
    "minute 61",
    job("minute 61").pipe(Job.cron("61 * * * *")),
    "cron",
    ['job "minute 61": cron must have minutes from 0 to 59, not 61, got "61 * * * *". Write a number from 0 to 59.']
  ],
  ["no expression", job("blank").pipe(Job.cron(null as unknown as string)), "cron", ["must be a text, got null"]],
  [
    "a zone that is a number",
    job("number").pipe(Job.cron("@daily", { zone: 7 as unknown as string })),
    "zone",
    ["zone must name a time zone, got 7"]
  ],
  ["an unknown zone", job("mars").pipe(Job.cron("@daily", "Mars/Base")), "zone", ['got "Mars/Base"', "Europe/Berlin"]],
  ["30 February", job("never").pipe(Job.cron("0 0 30 2 *")), "cron", ["must match a date that exists", "0 3 * * *"]],
  [
    "an unknown gap",
    job("gap").pipe(Job.cron("@daily", { gap: "jump" as "skip" })),
    "gap",
    ['"shift" or "skip"', '"jump"']
  ],
  [
    "an unknown fold",
    job("fold").pipe(Job.cron("@daily", { fold: "last" as "second" })),
    "fold",
    ['must be "first", "second" or "both", got "last"']
  ],
  [
    "a schedule that holds a function",
    job("hidden").pipe(Job.repeat(Schedule.unfold({ f: () => 1 }, (s) => s))),
    "schedule",
    ['job "hidden"', "a function", "state.f", "plain data", "{ state: MyState }", '{ state: "memory only" }']
  ],
  [
    "a schedule whose state does not match its Schema",
    job("stranger").pipe(
      Job.repeat(
        Schedule.unfold("one", (s) => s),
        { state: Schema.Number }
      )
    ),
    "schedule",
    ["Expected number", "at state"]
  ],
  [
    "a text without an instant",
    job("someday").pipe(Job.at("someday Z")),
    "at",
    ['job "someday": at must be ISO 8601 with its offset from UTC, got "someday Z"', "2027-01-01T09:00:00+01:00"]
  ],
  ["30 February as an instant", job("leap").pipe(Job.at("2027-02-30T00:00:00Z")), "at", ["must be a day that exists"]],
  ["an instant without a year", job("empty").pipe(Job.at({})), "at", ["must have a year, got {}"]],
  ["an instant past the last date", job("beyond").pipe(Job.at(8.64e15 + 1)), "at", ["must be an instant"]],
  ["an instant without an offset", job("nine").pipe(Job.at("2027-01-01T09:00:00")), "at", ["its offset from UTC"]],
  [
    "an unknown catch-up policy",
    job("policy").pipe(hourly, Job.missed("last" as "latest")),
    "missed policy",
    ['must be "latest", "earliest", "all" or "skip", got "last"']
  ],
  [
    "a bound that is no duration",
    job("within").pipe(hourly, Job.missed("latest", { within: "soon" as "1 hour" })),
    "missed within",
    ['must be a duration, got "soon"', '"1 hour"']
  ],
  ["a negative bound", job("before").pipe(hourly, Job.missed("latest", { within: -5 })), "missed within", ["got -5"]],
  [
    "a bound of NaN",
    job("unbound").pipe(hourly, Job.missed("latest", { within: Number.NaN })),
    "missed within",
    ["got NaN"]
  ],
  [
    "no catch-up run at all",
    job("none at most").pipe(hourly, Job.missed("all", { atMost: 0 })),
    "missed atMost",
    ["from 1 to 10000, got 0"]
  ],
  [
    "an endless window",
    job("window").pipe(hourly, Job.window("Infinity" as "1 hour")),
    "window",
    ["must be a finite duration", '"2 minutes"']
  ],
  [
    "a window as long as the interval",
    job("wide").pipe(hourly, Job.window("1 hour")),
    "window",
    ['shorter than the interval, got "1 hour"']
  ],
  ["a negative window", job("early").pipe(hourly, Job.window(-1)), "window", ["got -1"]],
  ["a window of NaN", job("pane").pipe(hourly, Job.window(Number.NaN)), "window", ["got NaN"]],
  ["a window with a negative part", job("parts").pipe(hourly, Job.window([-1, 0])), "window", ["a finite duration"]],
  [
    "a recheck without a pause",
    job("restless").pipe(hourly, Job.when("it may", Effect.succeed(true), { recheck: 0 })),
    'recheck of "it may"',
    ['recheck of "it may" must be a finite duration of at least 1 ms, got 0. Use one such as "1 minute".']
  ],
  [
    "a recheck after less than a millisecond",
    job("hurried").pipe(hourly, Job.when("it may", Effect.succeed(true), { recheck: "999 micros" })),
    'recheck of "it may"',
    ['got "999 micros"']
  ],
  [
    "an endless recheck",
    job("patient").pipe(hourly, Job.when("it may", Effect.succeed(true), { recheck: "Infinity" as "1 hour" })),
    'recheck of "it may"',
    ["a finite duration"]
  ],
  [
    "a negative recheck",
    job("backwards").pipe(hourly, Job.when("it may", Effect.succeed(true), { recheck: -5 })),
    'recheck of "it may"',
    ["got -5"]
  ],
  ["a negative timeout", job("at once").pipe(hourly, Job.timeout(-20)), "timeout", ["at least 1 ms, got -20"]],
  ["an endless timeout", job("timeout").pipe(hourly, Job.timeout("Infinity" as "1 hour")), "timeout", ['"20 seconds"']],
  ["a timeout of nothing", job("no time").pipe(hourly, Job.timeout(0)), "timeout", ["at least 1 ms, got 0"]],
  [
    "a text as a number of failures",
    job("three").pipe(hourly, Job.alertAfter("3" as unknown as number)),
    "alertAfter",
    ['from 1 upward, got "3"']
  ],
  ["an alert after no failure", job("calm").pipe(hourly, Job.alertAfter(0)), "alertAfter", ["from 1 upward, got 0"]],
  [
    "a policy whose state cannot be stored",
    job("concealing").pipe(
      hourly,
      Job.retry(
        Schedule.unfold(
          () => 0,
          () => () => 0
        ) as Schedule.Schedule<unknown>
      )
    ),
    "retry",
    ['job "concealing": retry must hold what can be stored at state', "memory only"]
  ],
  [
    "a parallel transactional job",
    transactional("beside").pipe(Job.parallel),
    "mode",
    ['job "beside": mode must not be parallel in a transactional job, got "parallel". Drop Job.parallel']
  ],
  [
    "a transaction that outlasts half the lease",
    transactional("outlasting").pipe(Job.timeout("20 seconds")),
    "timeout",
    ['at most half the lease in a transactional job, got "20 seconds"', "raise the tick's lease"]
  ],
  ["a text as version", job("second").pipe(hourly, Job.version("2" as unknown as number)), "version", ['got "2"']],
  ["version 0", job("version").pipe(hourly, Job.version(0)), "version", ["from 1 upward, got 0"]],
  ["a rename from no name", job("heir").pipe(hourly, Job.renamedFrom("")), "renamedFrom", ["must be a name", 'got ""']],
  [
    "a rename from a number",
    job("child").pipe(hourly, Job.renamedFrom(7 as unknown as string)),
    "renamedFrom",
    ["must be a name that one job takes over", "got 7"]
  ]
]
