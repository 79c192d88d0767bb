/**
 * The words of a command line: which command they name, and how a shell must quote them. Pure.
 *
 * @internal
 */
const valueOptions: ReadonlySet<string> = new Set(["--db", "--prefix", "--schema", "--completions", "--log-level"])

/** The words before `--`. */
const beforeEnd = (args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const end = args.indexOf("--")
  return end < 0 ? args : args.slice(0, end)
}

/** The first word that is neither a global option nor its value. */
export const commandOf = (args: ReadonlyArray<string>): string | undefined =>
  beforeEnd(args).find((word, index, all) => !word.startsWith("-") && !valueOptions.has(all[index - 1] ?? ""))

/** True for `--help`, `-h`, `help`, and an empty command line. */
export const wantsHelp = (args: ReadonlyArray<string>): boolean =>
  args.length === 0 || args[0] === "help" || beforeEnd(args).some((word) => word === "--help" || word === "-h")

/** A word as a POSIX shell reads it. */
export const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
