/**
 * A command on a database: it opens the database before it runs and closes it afterwards. The global options stand
 * before or after the name of the command.
 *
 * @internal
 */
import { Command, Options } from "@effect/cli"
import type { FileSystem } from "@effect/platform"
import type { SqlClient } from "@effect/sql"
import type { DatabaseError } from "@tickwork/sql"
import { Effect, Option } from "effect"
import type { CliError } from "./CliError.ts"
import * as Database from "./Database.ts"
import type { Output } from "./Output.ts"
import type * as ProgramHelp from "./render/ProgramHelp.ts"

const options = {
  db: Options.text("db").pipe(
    Options.withPseudoName("FILE|URL"),
    Options.withDescription("A SQLite file or a postgres:// URL (default: TICKWORK_DB)."),
    Options.optional
  ),
  prefix: Options.text("prefix").pipe(
    Options.withPseudoName("TEXT"),
    Options.withDescription("The prefix of Tickwork's tables (default: none)."),
    Options.optional
  ),
  schema: Options.text("schema").pipe(
    Options.withPseudoName("TEXT"),
    Options.withDescription("The PostgreSQL schema of Tickwork's tables (default: found in the search path)."),
    Options.optional
  ),
  json: Options.boolean("json").pipe(
    Options.withDescription("Print JSON: instants in ms since the epoch, durations in ms, nothing shortened.")
  )
}

/** The program, which takes the global options before the name of a command. */
export const root = Command.make("tickwork", options)

export interface GlobalOptions extends Database.Address {
  readonly json: boolean
}

/** The words that run a command on the same database again; a URL with a password is left out. */
export const wordsOf = (name: string, { db, prefix, schema }: GlobalOptions): ReadonlyArray<string> => [
  "tickwork",
  name,
  ...Option.match(
    Option.filter(db, (name) => !Database.hasPassword(name)),
    { onNone: () => [], onSome: (db) => ["--db", db] }
  ),
  ...(prefix === "" ? [] : ["--prefix", prefix]),
  ...(schema === "" ? [] : ["--schema", schema])
]

type Requirements = Database.Stored | Output | FileSystem.FileSystem | SqlClient.SqlClient

export const make = <Name extends string, const Config extends Command.Command.Config, E>(
  name: Name,
  about: {
    readonly description: string
    readonly access: Database.Access | ((args: Command.Command.ParseConfig<Config>) => Database.Access)
  },
  config: Config,
  run: (args: Command.Command.ParseConfig<Config>, global: GlobalOptions) => Effect.Effect<void, E, Requirements>
): Command.Command<
  Name,
  Output | FileSystem.FileSystem | Command.Command.Context<"tickwork">,
  E | CliError | DatabaseError.DatabaseError,
  { readonly args: Command.Command.ParseConfig<Config>; readonly own: Command.Command.ParseConfig<typeof options> }
> & { readonly about: ProgramHelp.Command } => {
  const command = Command.make(name, { args: config, own: options }, ({ args, own }) =>
    Effect.flatMap(root, (before) => {
      const prefix = Option.orElse(own.prefix, () => before.prefix)
      const global = {
        db: Option.orElse(own.db, () => before.db),
        prefix: Option.getOrElse(prefix, () => ""),
        schema: Option.getOrElse(
          Option.orElse(own.schema, () => before.schema),
          () => ""
        ),
        json: own.json || before.json
      }
      const given = args as Command.Command.ParseConfig<Config>
      const access = typeof about.access === "function" ? about.access(given) : about.access
      return Effect.provide(run(given, global), Database.layer(global, access))
    })
  ).pipe(Command.withDescription(about.description))
  return Object.assign(command, { about: { name, description: about.description } }) as never
}
