/**
 * What every command is given: the database, and whether it answers with JSON. Its options stand before or after the
 * name of the command.
 *
 * @internal
 */
import { Command, Options } from "@effect/cli"
import type { FileSystem } from "@effect/platform"
import type { SqlClient } from "@effect/sql"
import type { DatabaseError } from "@tickwork/sql"
import { Effect, Option } from "effect"
import type { JobStore } from "tickwork"
import type { Problem } from "./CliError.ts"
import * as Database from "./Database.ts"
import type { Output } from "./Output.ts"
import type * as ProgramHelp from "./render/ProgramHelp.ts"

const options = {
  db: Options.text("db").pipe(
    Options.withPseudoName("FILE|URL"),
    Options.withDescription("A SQLite file, or the postgres:// URL of a database; TICKWORK_DB unless set."),
    Options.optional
  ),
  prefix: Options.text("prefix").pipe(
    Options.withPseudoName("TEXT"),
    Options.withDescription("What the names of Tickwork's tables begin with; nothing unless set."),
    Options.optional
  ),
  json: Options.boolean("json").pipe(
    Options.withDescription("Answer with JSON: times in ms since the epoch, durations in ms, nothing shortened.")
  )
}

/** The program itself, whose options every command has, too. */
export const root = Command.make("tickwork", options)

/** What a command may know of how it was called. */
export interface Given extends Database.Named {
  readonly json: boolean
}

/** Its name and its options, as they are typed again on a line that goes on from here; never a password. */
export const again = (name: string, { db, prefix }: Given): ReadonlyArray<string> => [
  "tickwork",
  name,
  ...Option.match(
    Option.filter(db, (name) => !Database.hasPassword(name)),
    {
      onNone: () => [],
      onSome: (db) => ["--db", db]
    }
  ),
  ...(prefix === "" ? [] : ["--prefix", prefix])
]

/** A word of a shell's command line. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`

/** A command on a database that is opened before it runs, and closed after it. */
export const command = <Name extends string, const Config extends Command.Command.Config, E>(
  name: Name,
  about: { readonly description: string; readonly access: "read" | "write" },
  config: Config,
  run: (
    args: Command.Command.ParseConfig<Config>,
    given: Given
  ) => Effect.Effect<void, E, JobStore.JobStore | Output | FileSystem.FileSystem | SqlClient.SqlClient>
): Command.Command<
  Name,
  Output | FileSystem.FileSystem | Command.Command.Context<"tickwork">,
  E | Problem | DatabaseError.DatabaseError,
  { readonly args: Command.Command.ParseConfig<Config>; readonly own: Command.Command.ParseConfig<typeof options> }
> & { readonly about: ProgramHelp.Command } => {
  const made = Command.make(name, { args: config, own: options }, ({ args, own }) =>
    Effect.flatMap(root, (before) => {
      const given = {
        db: Option.orElse(own.db, () => before.db),
        prefix: Option.getOrElse(
          Option.orElse(own.prefix, () => before.prefix),
          () => ""
        ),
        json: own.json || before.json
      }
      return Effect.provide(
        run(args as Command.Command.ParseConfig<Config>, given),
        Database.layer(given, about.access)
      )
    })
  ).pipe(Command.withDescription(about.description))
  return Object.assign(made, { about: { name, description: about.description } }) as never
}
