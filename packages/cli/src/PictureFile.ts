/**
 * The file of a picture: it replaces nothing but a picture, all at once, and never a file of the database.
 *
 * @internal
 */
import { randomUUID } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { Effect, Option } from "effect"
import * as CliError from "./CliError.ts"

/** What SQLite keeps beside a database. */
const suffixes = ["", "-wal", "-shm", "-journal"]

const start = "<svg"

const refuse = (filename: string, reason: string) =>
  CliError.usage(`--svg must name a picture, got ${filename}: ${reason}`)

const statOf = (filename: string) => fs.statSync(filename, { throwIfNoEntry: false })

/** The name without links in its folder, also where there is no such file. */
const resolved = (filename: string): string => {
  const folder = path.dirname(path.resolve(filename))
  return path.join(statOf(folder) === undefined ? folder : fs.realpathSync(folder), path.basename(filename))
}

const isOfDatabase = (filename: string, database: string): boolean => {
  const found = statOf(filename)
  const names = [database, ...(statOf(database) === undefined ? [] : [fs.realpathSync(database)])]
  return names
    .flatMap((name) => suffixes.map((suffix) => name + suffix))
    .some((name) => {
      const other = found === undefined ? undefined : statOf(name)
      return (
        resolved(name) === resolved(filename) ||
        (other !== undefined && other.ino === found?.ino && other.dev === found.dev)
      )
    })
}

const beginningOf = (filename: string): string => {
  // a pipe in its place, meanwhile, does not hold the program
  const file = fs.openSync(filename, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
  try {
    const beginning = Buffer.alloc(start.length)
    return beginning.toString("latin1", 0, fs.readSync(file, beginning, 0, beginning.length, 0))
  } finally {
    fs.closeSync(file)
  }
}

/** Why the file may not be replaced. */
const faultOf = (filename: string, database: Option.Option<string>): string | null => {
  if (filename.trim() === "") return "the name is empty"
  if (Option.exists(database, (name) => isOfDatabase(filename, name))) return "it is a file of the database"
  const found = statOf(filename)
  if (found === undefined) {
    const isLink = fs.lstatSync(filename, { throwIfNoEntry: false }) !== undefined
    return isLink ? "it is a link to a file that does not exist" : null
  }
  if (!found.isFile()) return "it is not a file"
  return beginningOf(filename) === start ? null : `that file does not begin with ${start}, and is not replaced`
}

const writing = <A>(filename: string, write: () => A) =>
  Effect.try({
    try: write,
    catch: (error) =>
      CliError.failure(
        `Cannot write the picture to ${filename}: ${error instanceof Error ? error.message : String(error)}.`
      )
  })

/** Fails where the picture would replace something else. */
export const check = (filename: string, database: Option.Option<string>): Effect.Effect<void, CliError.CliError> =>
  Effect.flatMap(
    writing(filename, () => faultOf(filename, database)),
    (fault) => (fault === null ? Effect.void : refuse(filename, fault))
  )

/** Another program sees the earlier picture or this one, whole. */
export const save = (
  filename: string,
  text: string,
  database: Option.Option<string>
): Effect.Effect<void, CliError.CliError> =>
  Effect.zipRight(
    check(filename, database),
    writing(filename, () => {
      const earlier = statOf(filename)
      const target = earlier === undefined ? filename : fs.realpathSync(filename)
      const beside = path.join(path.dirname(target), `.${randomUUID()}.svg`)
      try {
        fs.writeFileSync(beside, text, { flag: "wx", flush: true })
        if (earlier !== undefined) {
          fs.chmodSync(beside, earlier.mode)
          if (process.geteuid?.() === 0) fs.chownSync(beside, earlier.uid, earlier.gid)
        }
        fs.renameSync(beside, target)
      } catch (error) {
        fs.rmSync(beside, { force: true })
        throw error
      }
    })
  )
