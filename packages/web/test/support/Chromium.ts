/**
 * A real Chromium: the one that TICKWORK_BROWSER names, an installed one, or the one that an npm package ships for Linux.
 * Elsewhere there is none: the tests say so and are skipped, except in CI, where that is an error.
 */
import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"
import { type Browser, chromium } from "playwright-core"

const names = ["chromium", "chromium-browser", "chromium-headless-shell", "google-chrome", "google-chrome-stable"]

const macOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"

const installed = (): string | undefined =>
  [
    ...(process.env.PATH ?? "").split(delimiter).flatMap((folder) => names.map((name) => join(folder, name))),
    macOS
  ].find(existsSync)

const isPackaged = process.platform === "linux" && process.arch === "x64"

const packaged = async (): Promise<string> => {
  const { default: chromium } = await import("@sparticuz/chromium")
  return await chromium.executablePath()
}

/** Its executable; none where no browser can be had. The package is unpacked once, which takes seconds. */
export const find = async (): Promise<string | undefined> => {
  const named = process.env.TICKWORK_BROWSER ?? ""
  if (named !== "") return named
  return installed() ?? (isPackaged ? await packaged() : undefined)
}

/** Why tests in a browser cannot run here; `null` where they can. */
export const missing = (): string | null => {
  if ((process.env.TICKWORK_BROWSER ?? "") !== "" || installed() !== undefined || isPackaged) return null
  const text = `No Chromium for ${process.platform} ${process.arch}: name one with TICKWORK_BROWSER. The tests in a browser are skipped.`
  if ((process.env.CI ?? "") !== "") throw new Error(text)
  return text
}

// the sandbox of Chromium does not start as root, nor in most containers
const args = ["--no-sandbox", "--disable-dev-shm-usage", "--font-render-hinting=none"]

const start = (executablePath: string) => chromium.launch({ executablePath, args })

export const launch = async (): Promise<Browser> => {
  const executablePath = await find()
  if (executablePath === undefined) throw new Error(missing() ?? "no browser")
  try {
    return await start(executablePath)
  } catch (error) {
    if (!isPackaged || !String(error).includes("shared libraries")) throw error
    // the package ships the libraries that a bare system lacks, and puts them in place where this is set
    process.env.AWS_LAMBDA_JS_RUNTIME = "nodejs20.x"
    await packaged()
    return await start(executablePath)
  }
}
