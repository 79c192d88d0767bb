/**
 * The page in a real Chromium.
 */
import { createServer } from "node:http"
import { createRequire } from "node:module"
import { HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { describe, expect, it } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import * as Eventually from "@tickwork/test-support/Eventually"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Context, Effect, Exit, Layer, Logger, Schedule, Scope } from "effect"
import type { Browser, BrowserContextOptions, Page } from "playwright-core"
import { Job, JobLog, JobStore, Jobs, Tick } from "tickwork"
import { TickPage, TickToken } from "../src/index.ts"
import * as Chromium from "./support/Chromium.ts"
import * as Filled from "./support/Filled.ts"
import * as Server from "./support/Server.ts"

const missing = Chromium.missing()
if (missing !== null) console.warn(missing)

const promise = <A>(make: () => Promise<A>) => Effect.promise(make)

const browser = Effect.acquireRelease(promise(Chromium.launch), (browser) => promise(() => browser.close()))

const open = (browser: Browser, url: string, options: BrowserContextOptions = {}) =>
  Effect.gen(function* () {
    const context = yield* promise(() => browser.newContext({ viewport: { width: 1000, height: 900 }, ...options }))
    const page = yield* promise(() => context.newPage())
    yield* promise(() => page.goto(url))
    return page
  })

const text = (page: Page, selector: string) => promise(async () => (await page.textContent(selector)) ?? "")

const shows = (page: Page, selector: string, expected: string | RegExp) =>
  Eventually.isTrue(
    `${selector} shows ${expected}`,
    Effect.map(text(page, selector), (found) =>
      typeof expected === "string" ? found.includes(expected) : expected.test(found)
    )
  )

const isLive = (page: Page) => shows(page, "#live", "live")

const quiet = Logger.remove(Logger.defaultLogger)

const sync = Job.make("sync_send", Effect.void).pipe(Job.every("1 hour"))
const failing = Job.make("export", Effect.fail(new Error(Filled.markup, { cause: new Error("refused") }))).pipe(
  Job.every("1 hour"),
  Job.retry(Schedule.stop)
)

/** An application on a file, and a page with verbs in the same process. */
const application = Effect.gen(function* () {
  const filename = yield* TemporaryFile.make
  const live = Layer.provideMerge(
    Tick.layerDaemon(Jobs.make(sync, failing)),
    SqlJobStore.layerSqlite({ filename })
  ).pipe(Layer.provide(quiet))
  const services = yield* Layer.build(live)
  return { filename, services }
})

const screens = (job: string, key: string) => [
  "",
  `job?${new URLSearchParams({ job, key })}`,
  "job?job=sync_send",
  "job?job=upload",
  `run?${new URLSearchParams({ job, key, seq: "1" })}`,
  "timeline?range=week",
  "health"
]

interface Axe {
  readonly axe: {
    readonly run: () => Promise<{
      readonly violations: ReadonlyArray<{
        readonly id: string
        readonly nodes: ReadonlyArray<{ readonly html: string }>
      }>
    }>
  }
}

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js")

describe.skipIf(missing !== null)("the page in Chromium", () => {
  it.scopedLive("follows a run of another process, and keeps focus, half-typed text, scroll and rows", () =>
    Effect.gen(function* () {
      const { filename, services } = yield* application
      const server = yield* Effect.provide(Server.control(), services)
      const page = yield* open(yield* browser, server.url, { viewport: { width: 1000, height: 300 } })
      yield* isLive(page)
      yield* shows(page, "#j-sync_send", "success")
      const row = yield* promise(() => page.$("#j-sync_send"))
      yield* promise(() => page.click("#steer-sync_send summary"))
      yield* promise(() => page.fill("#why-sync_send-", "disk is sl"))
      yield* promise(() => page.fill("#text", "not typed to its end"))
      yield* promise(() => page.focus("#why-sync_send-"))
      yield* promise(() => page.evaluate(() => scrollTo(0, 40)))
      const scrolled = yield* promise(() => page.evaluate(() => scrollY))
      expect(scrolled).toBeGreaterThan(0)
      const updates = () => page.evaluate(() => Number(document.body.dataset.updates))
      const before = yield* promise(updates)
      // another process on the same file
      const other = Layer.provide(
        Tick.layer(Jobs.make(Job.make("other", Effect.void).pipe(Job.every("1 hour")))),
        SqlJobStore.layerSqlite({ filename })
      )
      yield* Effect.scoped(Effect.provide(Tick.once, other))
      yield* shows(page, "#jobs", "other")
      expect(yield* promise(() => page.evaluate(() => scrollY))).toBe(scrolled)
      // a browser shows what is typed into
      yield* promise(() => page.keyboard.type("ow"))
      const kept = yield* promise(() =>
        page.evaluate(() => {
          const { id, value } = document.activeElement as HTMLInputElement
          return { id, value, text: document.querySelector<HTMLInputElement>("#text")?.value }
        })
      )
      expect(kept).toEqual({
        id: "why-sync_send-",
        value: "disk is slow",
        text: "not typed to its end"
      })
      expect(yield* promise(() => row?.evaluate((one) => one.isConnected) ?? Promise.resolve(false))).toBe(true)
      expect(yield* promise(updates)).toBeGreaterThan(before)
    })
  )

  it.scopedLive("pauses with a reason, by keyboard alone, and the history says who", () =>
    Effect.gen(function* () {
      const { services } = yield* application
      const server = yield* Effect.provide(Server.control(), services)
      const page = yield* open(yield* browser, `${server.url}job?job=sync_send`)
      const focused = () => page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent)
      yield* promise(() => page.keyboard.press("Tab"))
      expect(yield* promise(focused)).toBe("Skip to the content")
      for (let presses = 0; presses < 20 && (yield* promise(focused)) !== "why-sync_send-"; presses++)
        yield* promise(() => page.keyboard.press("Tab"))
      yield* promise(() => page.keyboard.type("the server moves"))
      yield* promise(() => page.keyboard.press("Tab"))
      expect(yield* promise(focused)).toBe("Pause")
      yield* Effect.all([promise(() => page.waitForURL(/sent=pause/)), promise(() => page.keyboard.press("Enter"))], {
        concurrency: "unbounded"
      })
      yield* shows(page, "#explained", "sync_send was paused")
      yield* shows(page, "#history", "paused by ada: the server moves")
      const log = Context.get(services, JobLog.JobLog)
      const [entry] = yield* log.history({ jobName: "sync_send", status: "control", limit: 1 })
      expect(entry?.reason).toBe("paused by ada: the server moves")
    })
  )

  it.scopedLive("runs nothing that a name, a key, a reason or an error brings", () =>
    Effect.gen(function* () {
      const services = yield* Layer.build(Filled.memory)
      const server = yield* Effect.provide(Server.control({ show: "values" }), services)
      const context = yield* browser
      for (const screen of screens(Filled.jobName, Filled.markup)) {
        const page = yield* open(context, server.url + screen)
        expect(yield* promise(() => page.title())).not.toBe("pwned")
        expect(yield* promise(() => page.locator("img[src=x]").count())).toBe(0)
        // what got in all the same does not run
        yield* promise(() =>
          page.evaluate(() => {
            const script = document.createElement("script")
            script.textContent = "document.title='pwned'"
            document.body.append(script)
          })
        )
        expect(yield* promise(() => page.title())).not.toBe("pwned")
      }
    })
  )

  it.scopedLive("has no violation of accessibility, light and dark, and fits 360 and 1,600 pixels", () =>
    Effect.gen(function* () {
      const services = yield* Layer.build(Filled.memory)
      const server = yield* Effect.provide(Server.control({ show: "values" }), services)
      const chromium = yield* browser
      for (const screen of screens(Filled.jobName, Filled.markup)) {
        const page = yield* open(chromium, server.url + screen, { bypassCSP: true })
        yield* promise(() => page.addScriptTag({ path: axe }))
        for (const [colorScheme, width] of [
          ["light", 360],
          ["dark", 1600],
          ["dark", 360],
          ["light", 1600]
        ] as const) {
          yield* promise(() => page.emulateMedia({ colorScheme }))
          yield* promise(() => page.setViewportSize({ width, height: 900 }))
          const found = yield* promise(() =>
            page.evaluate(async () => {
              const { violations } = await (globalThis as never as Axe).axe.run()
              return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
            })
          )
          expect({ screen, width, colorScheme, found }).toEqual({ screen, width, colorScheme, found: [] })
          const overflow = yield* promise(() => page.evaluate(() => document.documentElement.scrollWidth - innerWidth))
          expect({ screen, width, overflow }).toEqual({ screen, width, overflow: 0 })
        }
        yield* promise(() => page.context().close())
      }
    })
  )

  it.scopedLive("shows all of it without JavaScript, and steers, too", () =>
    Effect.gen(function* () {
      const { services } = yield* application
      const server = yield* Effect.provide(Server.control(), services)
      const page = yield* open(yield* browser, `${server.url}job?job=export`, { javaScriptEnabled: false })
      expect(yield* text(page, "h1")).toContain("failed")
      yield* promise(() => page.fill("#why-export-", "no script"))
      yield* promise(() => page.click("button[value=pause]"))
      expect(page.url()).toContain("sent=pause")
      expect(yield* text(page, "#explained")).toContain("export was paused")
      yield* promise(() => page.click("#history a"))
      expect(yield* text(page, "h1")).toContain("export")
    })
  )

  it.scopedLive("has a seventh tab and more, since a tab that is hidden follows nothing", () =>
    Effect.gen(function* () {
      const services = yield* Layer.build(Filled.memory)
      const server = yield* Effect.provide(Server.serve(), services)
      const chromium = yield* browser
      const context = yield* promise(() => chromium.newContext())
      // Chromium hides no tab without a window: the page is told that it is hidden
      const hide = (page: Page) =>
        page.evaluate(() => {
          Object.defineProperty(document, "hidden", { value: true, configurable: true })
          document.dispatchEvent(new Event("visibilitychange"))
        })
      for (let tab = 1; tab <= 9; tab++) {
        const page = yield* promise(() => context.newPage())
        yield* promise(() => page.goto(server.url, { timeout: 20_000 }))
        yield* isLive(page)
        yield* promise(() => hide(page))
      }
    })
  )

  it.scopedLive("finds the server again after a restart", () =>
    Effect.gen(function* () {
      const services = yield* Layer.build(Filled.memory)
      const first = yield* Scope.make()
      const serve = (port: number) =>
        Layer.build(
          Layer.unwrapScoped(Effect.map(TickPage.make(), (app) => HttpServer.serve(app))).pipe(
            Layer.provideMerge(NodeHttpServer.layer(() => createServer(), { port, host: "127.0.0.1" })),
            Layer.provide(Layer.succeedContext(services))
          )
        )
      const built = yield* Scope.extend(serve(0), first)
      const { address } = Context.get(built, HttpServer.HttpServer)
      const port = address._tag === "TcpAddress" ? address.port : 0
      const page = yield* open(yield* browser, `http://127.0.0.1:${port}/`)
      yield* isLive(page)
      yield* Scope.close(first, Exit.void)
      yield* shows(page, "#live", "not live")
      yield* serve(port)
      yield* shows(page, "#live", /^live$/)
      expect(yield* text(page, "h1")).toBe("Jobs")
    })
  )

  it.scopedLive("is out of reach of a page of another origin", () =>
    Effect.gen(function* () {
      const services = yield* Layer.build(Filled.memory)
      const server = yield* Effect.provide(Server.control(), services)
      const page = yield* open(yield* browser, "about:blank")
      yield* promise(() =>
        page.route("http://evil.test/**", (route) => route.fulfill({ contentType: "text/html", body: "<p>evil" }))
      )
      yield* promise(() => page.goto("http://evil.test/"))
      const attempts = yield* promise(() =>
        page.evaluate(async (url) => {
          const tried = async (path: string, init: RequestInit) => {
            try {
              const { status, type } = await fetch(url + path, init)
              return `${type} ${status}`
            } catch {
              return "failed"
            }
          }
          const form = new URLSearchParams({ verb: "pause", job: "sync_send", key: "", token: "" })
          return [
            await tried("", {}),
            await tried("request", { method: "POST", body: form }),
            await tried("request", { method: "POST", body: form, mode: "no-cors" }),
            await tried("api/request", { method: "POST", body: "{}", headers: { "content-type": "application/json" } })
          ]
        }, server.url)
      )
      for (const attempt of attempts) expect(attempt).toMatch(/^failed$|^opaque 0$/)
      const pending = yield* Context.get(services, JobStore.JobStore).pending
      expect(pending).toEqual([])
    })
  )

  it.scopedLive("signs in once by the link that was printed, and shows its verbs only then", () =>
    Effect.gen(function* () {
      const services = yield* Layer.build(Filled.memory)
      const token = yield* TickToken.random
      const access = TickToken.make({ token, isOneTime: true, isReadableByAll: true, name: "ada" })
      const built = yield* Layer.build(
        Layer.unwrapScoped(
          Effect.map(TickPage.make({ allow: "control", authorize: access.authorize }), (app) =>
            HttpServer.serve(access.protect(app))
          )
        ).pipe(
          Layer.provideMerge(NodeHttpServer.layer(() => createServer(), { port: 0, host: "127.0.0.1" })),
          Layer.provide(Layer.succeedContext(services))
        )
      )
      const { address } = Context.get(built, HttpServer.HttpServer)
      const url = `http://127.0.0.1:${address._tag === "TcpAddress" ? address.port : 0}/`
      const chromium = yield* browser
      const stranger = yield* open(chromium, url)
      expect(yield* text(stranger, ".viewer")).toBe("read-only")
      const page = yield* open(chromium, `${url}#t=${token}`)
      yield* shows(page, ".viewer", "control as ada")
      expect(page.url()).not.toContain(token)
      // the link is spent
      const late = yield* open(chromium, `${url}#t=${token}`)
      yield* isLive(stranger)
      yield* isLive(late)
      expect(yield* text(late, ".viewer")).toBe("read-only")
    })
  )
})
