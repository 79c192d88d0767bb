/**
 * The benchmark: every row beside its floor, measured in the same run.
 *
 * `npm run bench` measures everything; `npm run bench -- --only idle,parallel` only those rows.
 */
import { parseArgs } from "node:util"
import { Effect } from "effect"
import * as Report from "./Report.ts"
import * as Enqueue from "./rows/Enqueue.ts"
import * as EverySecond from "./rows/EverySecond.ts"
import * as History from "./rows/History.ts"
import * as Idle from "./rows/Idle.ts"
import * as Keys from "./rows/Keys.ts"
import * as ManyInstances from "./rows/ManyInstances.ts"
import * as Messenger from "./rows/Messenger.ts"
import * as NothingDue from "./rows/NothingDue.ts"
import * as OneByOne from "./rows/OneByOne.ts"
import * as OneOff from "./rows/OneOff.ts"
import * as Parallel from "./rows/Parallel.ts"
import * as Simulation from "./rows/Simulation.ts"
import * as TypeCheck from "./rows/TypeCheck.ts"

const families: ReadonlyArray<readonly [string, Report.Family]> = [
  ["nothing-due", NothingDue.rows],
  ["parallel", Parallel.rows],
  ["one-by-one", OneByOne.rows],
  ["one-off", OneOff.rows],
  ["enqueue", Enqueue.rows],
  ["every-second", EverySecond.rows],
  ["idle", Idle.rows],
  ["many-instances", ManyInstances.rows],
  ["keys", Keys.rows],
  ["history", History.rows],
  ["messenger", Messenger.rows],
  ["simulation", Simulation.rows],
  ["type-check", TypeCheck.rows]
]

const names = families.map(([name]) => name)

const wanted = Effect.try(() => {
  const { values } = parseArgs({ options: { only: { type: "string", multiple: true } } })
  return values.only?.flatMap((list) => list.split(",")) ?? names
}).pipe(
  Effect.filterOrFail((chosen) => chosen.every((name) => names.includes(name))),
  Effect.catchAll(() => Effect.fail(`Usage: npm run bench -- [--only <rows>], of ${names.join(", ")}`))
)

const program = Effect.gen(function* () {
  const chosen = yield* wanted
  const rows = yield* Effect.forEach(
    families.filter(([name]) => chosen.includes(name)),
    ([name, rows]) =>
      Effect.zipRight(
        Effect.sync(() => process.stderr.write(`measuring ${name} …\n`)),
        rows
      )
  )
  console.log(Report.toText(rows.flat()))
})

Effect.runPromise(program).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
