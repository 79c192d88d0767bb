/**
 * What the pages tell a reader to install, and a folder in which that is done with the packed packages.
 *
 * The folder is outside the repository, where nothing but what was installed can be found.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process"
import { mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Block, blocksOfMarkdown } from "./blocks.ts"
import { root, textOf } from "./files.ts"

/** The blocks of a page in a language; those below a heading alone where one is named. */
export const blocksOf = (page: string, language: string, heading?: string): ReadonlyArray<Block> => {
  const text = textOf(page)
  const from = heading === undefined ? 0 : text.split("\n").indexOf(heading) + 1
  const until =
    heading === undefined ? -1 : text.split("\n").findIndex((line, n) => n >= from && line.startsWith("## "))
  return blocksOfMarkdown(page, text).filter(
    (block) => block.language === language && block.line > from && (until === -1 || block.line <= until)
  )
}

/** The commands of shell blocks; those of the paragraphs with these comments alone where some are named. */
export const commandsOf = (blocks: ReadonlyArray<Block>, comments?: ReadonlyArray<string>): ReadonlyArray<string> =>
  blocks
    .flatMap(({ code }) => code.split("\n\n"))
    .filter((paragraph) => comments === undefined || comments.some((one) => paragraph.trim().startsWith(`# ${one}`)))
    .flatMap((paragraph) => paragraph.split("\n"))
    .filter((line) => line !== "" && !line.startsWith("#"))
    .flatMap((line) => line.split(" && "))

/** A package and its version, as a command names them. */
export interface Named {
  readonly name: string
  readonly version: string
}

/** The packages that shell commands install. */
export const packagesOf = (commands: ReadonlyArray<string>): ReadonlyArray<Named> =>
  commands
    .filter((command) => command.startsWith("npm install "))
    .flatMap((command) => command.split(" ").slice(2))
    .flatMap((word) => {
      const [, name, version] = /^(@?[^@]+)@(.+)$/.exec(word) ?? []
      return name === undefined || version === undefined ? [] : [{ name, version }]
    })

/** Without what the test runner has told its own processes. */
const environment = () => {
  const { NODE_OPTIONS: _, VITEST: __, ...env } = process.env
  return env
}

/** The packed file of a package of ours. */
export const tarballOf = (name: string): string => {
  const folder = join(root, ".cache/tarballs")
  const start = `${name.replace("@", "").replace("/", "-")}-`
  const file = readdirSync(folder).find((file) => file.startsWith(start) && /^\d/.test(file.slice(start.length)))
  if (file === undefined) throw new Error(`${name} is not packed`)
  return join(folder, file)
}

/** The packed files in place of our names: that of the command line needs those of the simulation and of the page. */
const withTarballs = (command: string): string =>
  command
    .split(" ")
    .flatMap((word) => {
      const [{ name } = { name: "" }] = packagesOf([`npm install ${word}`])
      if (name === "@tickwork/cli") return ["@tickwork/simulation", "@tickwork/web", name].map(tarballOf)
      return name === "tickwork" || name.startsWith("@tickwork/") ? [tarballOf(name)] : [word]
    })
    .join(" ")

/** The runner hears of this process meanwhile, so it is not to stand still. */
const runIn = (cwd: string, command: string): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile("sh", ["-c", command], { cwd, env: environment(), maxBuffer: 2 ** 26 }, (error, out, err) => {
      if (error === null) resolve(out)
      else reject(new Error(`${command}\nended with ${error.code}\n${out}${err}`))
    })
  })

/** A folder of a reader's. */
export interface Folder {
  readonly cwd: string
  readonly write: (file: string, text: string) => void
  /** Runs a command to its end; answers what it has printed, and throws that where it fails. */
  readonly run: (command: string) => Promise<string>
  /** As `run`, for the commands that install. */
  readonly install: (commands: ReadonlyArray<string>) => Promise<void>
  /** Runs a command until it has printed this; answers the way to end it as Ctrl-C does, and to wait for that. */
  readonly start: (command: string, printed: string, env?: Record<string, string>) => Promise<() => Promise<void>>
}

const end = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once("exit", () => resolve())
    process.kill(-(child.pid ?? Number.NaN), "SIGINT")
  })

/** Uses a new folder, which is removed afterwards. */
export const inFolder = async (use: (folder: Folder) => Promise<void>): Promise<void> => {
  const cwd = mkdtempSync(join(realpathSync(tmpdir()), "tickwork-installed-"))
  const started: Array<ChildProcess> = []
  const start: Folder["start"] = (command, printed, env = {}) =>
    new Promise((resolve, reject) => {
      const words = command.split(" ")
      // a group of its own, as in a terminal: npx and the program get the same signal
      const child = spawn(words[0] ?? "", words.slice(1), { cwd, env: { ...environment(), ...env }, detached: true })
      started.push(child)
      let said = ""
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk) => {
          said += chunk
          if (said.includes(printed)) resolve(() => end(child))
        })
      }
      child.once("exit", (code) => reject(new Error(`${command}\nended with ${code}\n${said}`)))
    })
  try {
    await use({
      cwd,
      write: (file, text) => writeFileSync(join(cwd, file), text),
      run: (command) => runIn(cwd, command),
      install: async (commands) => {
        for (const command of commands) await runIn(cwd, withTarballs(command))
      },
      start
    })
  } finally {
    for (const child of started) await end(child)
    rmSync(cwd, { recursive: true, force: true })
  }
}

/** Lints the packages, packs them, and imports them by name. */
export const pack = (): Promise<string> => runIn(root, "bash scripts/check-packages.sh")
