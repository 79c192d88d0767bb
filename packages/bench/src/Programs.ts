/**
 * The programs of the benchmark, bundled into a checkout: there Node finds the built packages of that checkout, as it does
 * for an application. Their `#adapter` is the file of its API.
 */
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { Effect, type Scope } from "effect"
import { build } from "esbuild"
import { type Checkout, CheckoutError } from "./Checkout.ts"

export interface Programs {
  /** The path of a program by its name. */
  readonly path: (name: string) => string
}

const sources = fileURLToPath(new URL(".", import.meta.url))

const folderIn = (folder: string): Effect.Effect<string, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const made = path.join(folder, ".cache", `bench-${process.pid}-${randomBytes(4).toString("hex")}`)
      fs.mkdirSync(made, { recursive: true })
      return made
    }),
    (made) => Effect.sync(() => fs.rmSync(made, { recursive: true, force: true }))
  )

/** Bundles programs into a folder from which Node finds what they import. */
export const bundle = (
  entries: ReadonlyArray<string>,
  folder: string,
  adapter: Checkout["adapter"] = "Current"
): Effect.Effect<Programs, CheckoutError, Scope.Scope> =>
  Effect.gen(function* () {
    const outdir = yield* folderIn(folder)
    yield* Effect.tryPromise({
      try: () =>
        build({
          entryPoints: entries.map((name) => path.join(sources, `${name}.ts`)),
          outdir,
          outExtension: { ".js": ".mjs" },
          entryNames: "[name]",
          bundle: true,
          splitting: true,
          platform: "node",
          format: "esm",
          packages: "external",
          alias: { "#adapter": path.join(sources, "adapters", `${adapter}.ts`) },
          logLevel: "error"
        }),
      catch: (cause) => new CheckoutError({ folder, reason: `its programs cannot be bundled: ${cause}` })
    })
    return { path: (name) => path.join(outdir, `${path.basename(name)}.mjs`) }
  })

/** What measures the packages of a checkout. */
export const ofCheckout = ({ adapter, folder }: Checkout): Effect.Effect<Programs, CheckoutError, Scope.Scope> =>
  bundle(
    ["programs/measuring", "programs/pruning", "programs/enqueuing", "programs/sharing", "programs/placed"],
    folder,
    adapter
  )
