import { Effect, Schedule, Schema } from "effect"
import { type InvalidJobs, Job } from "tickwork"

export const job = (name: string) => Job.make(name, Effect.void)
export const hourly = Job.every("1 hour")

/** Faults are found before anything that a job needs is looked for. */
const transactional = (name: string) =>
  job(name).pipe(hourly, Job.transactional) as unknown as Job.Job<string, unknown, unknown, never>

/** What is wrong with each job, and what its line of the message must hold. */
export const wrong: ReadonlyArray<
  readonly [string, Job.Job<string, unknown, unknown, never>, InvalidJobs.Fault["_tag"], ReadonlyArray<string>]
> = [
  ["an empty name", job("").pipe(hourly), "BadName", ['job ""', "is empty", "Give it"]],
  ["a blank name", job(" ").pipe(hourly), "BadName", ['job " "', "is empty", "Give it"]],
  ["a name of two lines", job("a\nb").pipe(hourly), "BadName", ['job "a\\nb"', "control character", "Give it"]],
  ["a long name", job("n".repeat(201)).pipe(hourly), "BadName", ["longer than 200", "Give it"]],
  [
    "priority 0",
    job("p0").pipe(hourly, Job.priority(0)),
    "BadPriority",
    ['job "p0"', "priority 0", "from 1 (first) to 10 (last)"]
  ],
  ["priority 11", job("p11").pipe(hourly, Job.priority(11)), "BadPriority", ['job "p11"', "priority 11", "from 1"]],
  [
    "priority 2.5",
    job("p2.5").pipe(hourly, Job.priority(2.5)),
    "BadPriority",
    ['job "p2.5"', "priority 2.5", "whole number"]
  ],
  [
    "a priority that is no number",
    job("pNaN").pipe(hourly, Job.priority(Number.NaN)),
    "BadPriority",
    ['job "pNaN"', "priority NaN", "whole number"]
  ],
  [
    "a priority that is a text",
    job("text").pipe(hourly, Job.priority("1" as unknown as number)),
    "BadPriority",
    ['job "text"', 'priority "1"', "whole number"]
  ],
  [
    "a limit without a name",
    job("nameless").pipe(hourly, Job.limit(" ", 1)),
    "BadLimit",
    ['job "nameless"', 'the limit " "', "no name", '"network"']
  ],
  [
    "a limit named as a place",
    job("placed").pipe(hourly, Job.limit("serial", 1)),
    "BadLimit",
    ['job "placed"', 'the limit "serial"', "a place bears that name", "Job.serial"]
  ],
  [
    "a limit of no run",
    job("limited").pipe(hourly, Job.limit("network", 0)),
    "BadLimit",
    ['job "limited"', 'the limit "network"', "at most 0", "from 1 upward"]
  ],
  [
    "a limit that is no number",
    job("unlimited").pipe(hourly, Job.limit("number", Number.NaN)),
    "BadLimit",
    ['job "unlimited"', "at most NaN", "from 1 upward"]
  ],
  [
    "a limit of a run and a half",
    job("halved").pipe(hourly, Job.limit("half", 1.5)),
    "BadLimit",
    ['job "halved"', "at most 1.5", "from 1 upward"]
  ],
  [
    "a limit of a scope that is none",
    job("scoped").pipe(hourly, Job.limit("scope", 1, { scope: "host" as "process" })),
    "BadLimit",
    ['job "scoped"', 'the limit "scope"', 'scope "host" is none', '"process" or "database"']
  ],
  [
    "no cadence",
    job("idle"),
    "NoCadence",
    ['job "idle"', "Add Job.every, Job.cron, Job.at, Job.repeat, Job.schedule or Job.after"]
  ],
  [
    "a cadence beside a payload",
    hourly(Job.make("letter", { payload: Schema.String }, () => Effect.void) as unknown as ReturnType<typeof job>),
    "PayloadWithCadence",
    ['job "letter"', "runs when it is enqueued", "Drop its cadence"]
  ],
  [
    "an interval of nothing",
    job("zero").pipe(Job.every("0 seconds")),
    "BadInterval",
    ['job "zero"', '"0 seconds"', 'such as "5 seconds"']
  ],
  [
    "an interval that is no number",
    job("none").pipe(Job.every(Number.NaN)),
    "BadInterval",
    ['job "none"', "NaN", 'such as "5 seconds"']
  ],
  [
    "a negative interval",
    job("backward").pipe(Job.every("-5 seconds")),
    "BadInterval",
    ['job "backward"', '"-5 seconds"', "it is no duration"]
  ],
  [
    "an interval that no second instant follows",
    job("eons").pipe(Job.every(1e300)),
    "BadInterval",
    ['job "eons"', "1e+300", "longer than time can be told"]
  ],
  [
    "an interval of nanoseconds",
    job("nanos").pipe(Job.every(500n)),
    "BadInterval",
    ['job "nanos"', "500", 'such as "5 seconds"']
  ],
  [
    "minute 61",
    job("minute 61").pipe(Job.cron("61 * * * *")),
    "BadCron",
    ['job "minute 61"', '"61 * * * *"', "between 0 and 59", "0 3 * * *"]
  ],
  [
    "no expression",
    job("blank").pipe(Job.cron(null as unknown as string)),
    "BadCron",
    ['job "blank"', "cron null", "it is no text", "0 3 * * *"]
  ],
  [
    "a zone that is no text",
    job("number").pipe(Job.cron("@daily", { zone: 7 as unknown as string })),
    "BadCron",
    ['job "number"', "in 7", "no time zone is named 7", "0 3 * * *"]
  ],
  [
    "an unknown zone",
    job("mars").pipe(Job.cron("@daily", "Mars/Base")),
    "BadCron",
    ['job "mars"', '"Mars/Base"', "Europe/Berlin"]
  ],
  [
    "30 February",
    job("never").pipe(Job.cron("0 0 30 2 *")),
    "BadCron",
    ['job "never"', "no date ever matches", "0 3 * * *"]
  ],
  [
    "a schedule that holds a function",
    job("hidden").pipe(Job.repeat(Schedule.unfold({ f: () => 1 }, (s) => s))),
    "UnstorableCadence",
    ['job "hidden"', "a function", "state.f", "plain data", "{ state: MyState }", '{ state: "memory only" }']
  ],
  [
    "a schedule whose state its Schema does not know",
    job("stranger").pipe(
      Job.repeat(
        Schedule.unfold("one", (s) => s),
        { state: Schema.Number }
      )
    ),
    "UnstorableCadence",
    ['job "stranger"', "Expected number", "at state"]
  ],
  [
    "a gap that is none",
    job("gap").pipe(Job.cron("@daily", { gap: "jump" as "skip" })),
    "BadCron",
    ['job "gap"', '"jump"', '"shift"', '"skip"']
  ],
  [
    "a fold that is none",
    job("fold").pipe(Job.cron("@daily", { fold: "last" as "second" })),
    "BadCron",
    ['job "fold"', '"last"', '"first"', '"both"']
  ],
  [
    "an instant that is none",
    job("someday").pipe(Job.at("someday Z")),
    "BadInstant",
    ['job "someday"', '"someday Z"', "no instant", "2027-01-01T09:00:00+01:00"]
  ],
  [
    "a day that is none",
    job("leap").pipe(Job.at("2027-02-30T00:00:00Z")),
    "BadInstant",
    ['job "leap"', '"2027-02-30T00:00:00Z"', "there is no such day"]
  ],
  ["an instant of no year", job("empty").pipe(Job.at({})), "BadInstant", ['job "empty"', "{}", "it names no year"]],
  [
    "an instant past the last one",
    job("beyond").pipe(Job.at(8.64e15 + 1)),
    "BadInstant",
    ['job "beyond"', "no instant"]
  ],
  [
    "an instant of an unknown zone",
    job("nine").pipe(Job.at("2027-01-01T09:00:00")),
    "BadInstant",
    ['job "nine"', "says no offset from UTC", "2027-01-01T09:00:00+01:00"]
  ],
  [
    "a policy that is none",
    job("policy").pipe(hourly, Job.missed("last" as "latest")),
    "BadMissed",
    ['job "policy"', 'policy "last"', '"latest", "earliest", "all" or "skip"']
  ],
  [
    "a bound that is no duration",
    job("within").pipe(hourly, Job.missed("latest", { within: "soon" as "1 hour" })),
    "BadMissed",
    ['job "within"', 'within "soon"', '"1 hour"']
  ],
  [
    "a negative bound",
    job("before").pipe(hourly, Job.missed("latest", { within: -5 })),
    "BadMissed",
    ['job "before"', "within -5", '"1 hour"']
  ],
  [
    "a bound that is no number",
    job("unbound").pipe(hourly, Job.missed("latest", { within: Number.NaN })),
    "BadMissed",
    ['job "unbound"', "within NaN", '"1 hour"']
  ],
  [
    "no run at all",
    job("none at most").pipe(hourly, Job.missed("all", { atMost: 0 })),
    "BadMissed",
    ['job "none at most"', "atMost 0", "from 1 to 10000"]
  ],
  [
    "an endless window",
    job("window").pipe(hourly, Job.window("Infinity" as "1 hour")),
    "BadWindow",
    ['job "window"', "no finite duration", '"2 minutes"']
  ],
  [
    "a window as long as the interval",
    job("wide").pipe(hourly, Job.window("1 hour")),
    "BadWindow",
    ['job "wide"', "the next instant would come before it is over", "shorter than the job's interval"]
  ],
  [
    "a negative window",
    job("early").pipe(hourly, Job.window(-1)),
    "BadWindow",
    ['job "early"', "window -1", "no finite duration"]
  ],
  [
    "a window that is no number",
    job("pane").pipe(hourly, Job.window(Number.NaN)),
    "BadWindow",
    ['job "pane"', "window NaN", "no finite duration"]
  ],
  [
    "a window of parts one of which is negative",
    job("parts").pipe(hourly, Job.window([-1, 0])),
    "BadWindow",
    ['job "parts"', "no finite duration"]
  ],
  [
    "a condition asked again without a pause",
    job("restless").pipe(hourly, Job.when("it may", Effect.succeed(true), { recheck: 0 })),
    "BadRecheck",
    ['job "restless"', "recheck 0", '"it may"', "at least 1 ms", '"1 minute"']
  ],
  [
    "a condition asked again in less than a millisecond",
    job("hurried").pipe(hourly, Job.when("it may", Effect.succeed(true), { recheck: "999 micros" })),
    "BadRecheck",
    ['job "hurried"', 'recheck "999 micros"', "at least 1 ms"]
  ],
  [
    "a condition never asked again",
    job("patient").pipe(hourly, Job.when("it may", Effect.succeed(true), { recheck: "Infinity" as "1 hour" })),
    "BadRecheck",
    ['job "patient"', 'recheck "Infinity"', "a finite duration"]
  ],
  [
    "a negative recheck",
    job("backwards").pipe(hourly, Job.when("it may", Effect.succeed(true), { recheck: -5 })),
    "BadRecheck",
    ['job "backwards"', "recheck -5"]
  ],
  [
    "a negative timeout",
    job("at once").pipe(hourly, Job.timeout(-20)),
    "BadTimeout",
    ['job "at once"', "timeout -20", "at least 1 ms"]
  ],
  [
    "an endless timeout",
    job("timeout").pipe(hourly, Job.timeout("Infinity" as "1 hour")),
    "BadTimeout",
    ['job "timeout"', '"20 seconds"']
  ],
  [
    "no time at all",
    job("no time").pipe(hourly, Job.timeout(0)),
    "BadTimeout",
    ['job "no time"', "timeout 0", "at least 1 ms"]
  ],
  [
    "failures that are no number",
    job("three").pipe(hourly, Job.alertAfter("3" as unknown as number)),
    "BadAlertAfter",
    ['job "three"', 'after "3" failures', "from 1 upward"]
  ],
  [
    "no failure at all",
    job("calm").pipe(hourly, Job.alertAfter(0)),
    "BadAlertAfter",
    ['job "calm"', "after 0 failures", "from 1 upward"]
  ],
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
    "UnstorableRetry",
    ['job "concealing"', "retry policy", "which no store can keep", "memory only"]
  ],
  [
    "a transaction beside others",
    transactional("beside").pipe(Job.parallel),
    "BadTransaction",
    ['job "beside"', "such jobs run one at a time", "Drop Job.parallel"]
  ],
  [
    "a transaction that outlasts its claim",
    transactional("outlasting").pipe(Job.timeout("20 seconds")),
    "BadTransaction",
    ['job "outlasting"', "20000 ms is more than half the lease", "raise the tick's lease"]
  ],
  [
    "a version that is a text",
    job("second").pipe(hourly, Job.version("2" as unknown as number)),
    "BadVersion",
    ['job "second"', 'version "2"', "from 1 upward"]
  ],
  [
    "version 0",
    job("version").pipe(hourly, Job.version(0)),
    "BadVersion",
    ['job "version"', "version 0", "from 1 upward"]
  ],
  [
    "a rename from no name",
    job("heir").pipe(hourly, Job.renamedFrom("")),
    "BadRename",
    ['job "heir"', 'the name ""', "it is no name"]
  ],
  [
    "a rename from what is no text",
    job("child").pipe(hourly, Job.renamedFrom(7 as unknown as string)),
    "BadRename",
    ['job "child"', "the name 7", "it is no name"]
  ]
]
