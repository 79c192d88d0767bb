/**
 * Compiles and runs the TypeScript blocks of the documentation, and says of each failure where the block stands.
 *
 * It never changes a block but for the path of a relative import, which counts from the file that shows the block, or
 * names another block of its page: line n of a written file is line n of the block.
 */
import { execFile } from "node:child_process"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { dirname, join, relative } from "node:path"
import ts from "typescript"
import type { Block } from "./blocks.ts"
import { root } from "./files.ts"

/** A block with the file that it was written to. */
export interface Example {
  readonly block: Block
  readonly path: string
}

const pathOf = (folder: string, { file, line }: Block): string =>
  join(folder, `${file.replace(/[^\w.-]/g, "_")}_${line}.ts`)

/** A page's block is a file of its own where its first line is the file's name: `// jobs.ts`. */
const isFile = (page: string, name: string) => (block: Block) =>
  block.file === page && block.code.startsWith(`// ${name}\n`)

const withPaths = ({ code, file }: Block, blocks: ReadonlyArray<Block>, folder: string): string =>
  code.replace(/( from ")(\.\/?[^"]+)"/g, (_, before, path) => {
    const shown = blocks.find(isFile(file, path.slice(2)))
    const target = shown === undefined ? join(root, dirname(file), path) : pathOf(folder, shown)
    return `${before}./${relative(folder, target)}"`
  })

/** Writes the blocks into an emptied folder of the repository, so that packages resolve as they do for its tests. */
export const write = (blocks: ReadonlyArray<Block>, folder: string): ReadonlyArray<Example> => {
  const target = join(root, ".docs-blocks", folder)
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target, { recursive: true })
  return blocks.map((block) => {
    const path = pathOf(target, block)
    writeFileSync(path, withPaths(block, blocks, target))
    return { block, path }
  })
}

const options = (): ts.CompilerOptions => {
  const file = join(root, "tsconfig.base.json")
  const { compilerOptions } = ts.readConfigFile(file, ts.sys.readFile).config
  return {
    ...ts.convertCompilerOptionsFromJson(compilerOptions, root, file).options,
    composite: false,
    incremental: false,
    declaration: false,
    declarationMap: false,
    noEmit: true,
    // An example may show a value that it does not use.
    noUnusedLocals: false,
    noUnusedParameters: false
  }
}

/** The compiler's complaints, under the settings of the repository, in one program. The runner is heard between two blocks. */
export const compile = async (examples: ReadonlyArray<Example>): Promise<ReadonlyArray<string>> => {
  const blocks = new Map(examples.map(({ block, path }) => [path, block]))
  const program = ts.createProgram([...blocks.keys()], options())
  const complaints: Array<string> = []
  for (const { path } of examples) {
    const source = program.getSourceFile(path)
    for (const diagnostic of [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]) {
      const block = blocks.get(diagnostic.file?.fileName ?? "")
      const at = diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 0
      const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n")
      complaints.push(`${block?.file}:${(block?.line ?? 0) + at + 1}: TS${diagnostic.code} ${text}`)
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  return complaints
}

const runner = ["--conditions=tickwork-source", "--import", "tsx", join(root, "test/support/runBlocks.ts")]

/** What went wrong in one process that runs these blocks; nothing where they all ended well. */
const runTogether = (examples: ReadonlyArray<Example>, limit: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const { NODE_OPTIONS: _, ...env } = process.env
    const paths = examples.map(({ path }) => path)
    const options = { cwd: root, env, timeout: limit, killSignal: "SIGKILL", maxBuffer: 2 ** 26 } as const
    const child = execFile(process.execPath, [...runner, ...paths], options, (error, out, err) => {
      if (error === null) resolve(undefined)
      else resolve(error.killed === true ? `did not end within ${limit / 1000} seconds` : `failed\n${out}${err}`.trim())
    })
    child.stdin?.end()
  })

/**
 * The failures of the blocks, with a time limit for each in milliseconds. Starting a process costs more than a block,
 * so the blocks run in one process per core; only where such a process fails does each of its blocks run alone.
 */
export const run = async (examples: ReadonlyArray<Example>, limit: number): Promise<ReadonlyArray<string>> => {
  const cores = availableParallelism()
  const shares = Array.from({ length: cores }, (_, core) => examples.filter((_, index) => index % cores === core))
  const failures = await Promise.all(
    shares.map(async (share) => {
      const together = limit + share.length * 1000
      if (share.length === 0 || (share.length > 1 && (await runTogether(share, together)) === undefined)) return []
      const found: Array<string> = []
      for (const { block, path } of share) {
        const why = await runTogether([{ block, path }], limit)
        if (why !== undefined) found.push(`${block.file}:${block.line}: the block ${why}`)
      }
      return found
    })
  )
  return failures.flat()
}
