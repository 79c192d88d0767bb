/**
 * The command line: which mode, of what. It runs nothing.
 */
import { parseArgs } from "node:util"
import { Data, Effect } from "effect"
import * as Catalog from "./Catalog.ts"

export type Options = { readonly json: boolean } & (
  | { readonly mode: "table"; readonly names: ReadonlyArray<Catalog.Family> }
  | { readonly mode: "quick"; readonly isRecorded: boolean }
  | {
      readonly mode: "against"
      readonly folder: string
      readonly turns: number
      readonly names: ReadonlyArray<Catalog.Family>
    }
  | { readonly mode: "growth"; readonly names: ReadonlyArray<Catalog.Growth> }
  | { readonly mode: "peers"; readonly names: ReadonlyArray<Catalog.Peer> }
)

export class UsageError extends Data.TaggedError("UsageError")<{ readonly reason: string }> {
  override get message() {
    return `${this.reason}\n\n${usage}`
  }
}

export const usage = `npm run bench [-- <options>]

  (no option)             every row beside its floor and its goal, in under 6 minutes
  --quick                 a few rows in under a minute; fails where a ratio to the floor has become far worse
  --quick --record        the same, and records the ratios that later runs compare with
  --against <folder>      compares with another built checkout, in alternating turns (--turns <n>, 5 by default)
  --growth                how each cost grows
  --peers                 the same work done by other schedulers, as far as they can be installed

  --only <name,name>      some rows: ${Catalog.table.join(", ")};
                          with --growth: ${Catalog.growth.join(", ")};
                          with --peers: ${Catalog.peers.join(", ")}
  --json                  for programs
  --help`

const options = {
  quick: { type: "boolean", default: false },
  record: { type: "boolean", default: false },
  against: { type: "string" },
  turns: { type: "string", default: "5" },
  growth: { type: "boolean", default: false },
  peers: { type: "boolean", default: false },
  only: { type: "string", multiple: true },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false }
} as const

const chosen = <N extends string>(names: ReadonlyArray<N>, only: ReadonlyArray<string> | undefined) => {
  const wanted = only?.flatMap((list) => list.split(",").map((name) => name.trim()))
  const unknown = wanted?.filter((name) => !names.some((known) => known === name)) ?? []
  return unknown.length > 0
    ? new UsageError({ reason: `There is no ${unknown.join(", ")} here.` })
    : Effect.succeed(wanted === undefined ? names : names.filter((name) => wanted.includes(name)))
}

const parsed = (args: ReadonlyArray<string>) =>
  Effect.try({
    try: () => parseArgs({ args: [...args], options }).values,
    catch: (error) => new UsageError({ reason: error instanceof Error ? error.message : String(error) })
  })

export const parse = (args: ReadonlyArray<string>): Effect.Effect<Options, UsageError> =>
  Effect.gen(function* () {
    const { against, growth, json, only, peers, quick, record, turns } = yield* parsed(args)
    if ([quick, growth, peers, against !== undefined].filter(Boolean).length > 1) {
      return yield* new UsageError({ reason: "--quick, --against, --growth and --peers are runs of their own." })
    }
    if (quick) return { json, mode: "quick", isRecorded: record }
    if (growth) return { json, mode: "growth", names: yield* chosen(Catalog.growth, only) }
    if (peers) return { json, mode: "peers", names: yield* chosen(Catalog.peers, only) }
    const names = yield* chosen(Catalog.table, only)
    if (against === undefined) return { json, mode: "table", names }
    const count = Number(turns)
    if (!Number.isInteger(count) || count < 1) {
      return yield* new UsageError({ reason: `--turns must be a positive integer, got ${turns}.` })
    }
    return {
      json,
      mode: "against",
      folder: against,
      turns: count,
      names: names.filter((name) => name !== "type-check")
    }
  })
