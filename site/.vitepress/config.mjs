// The settings of VitePress. The pages and the sidebar are made by ../build.mjs.
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"

const pages = join(import.meta.dirname, "../.pages")
const sidebar = join(pages, "sidebar.json")

// as GitHub makes them, so that one link holds there and here
const slugify = (title) =>
  title
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-")

export default {
  title: "Tickwork",
  description:
    "Recurring work as Effect values: it survives a crash, it can be simulated, and it costs nothing while it waits",
  srcDir: pages,
  outDir: join(import.meta.dirname, "../../.cache/site"),
  cleanUrls: false,
  // no font, script or picture comes from another host
  head: [],
  markdown: { html: false, anchor: { slugify } },
  themeConfig: {
    nav: [
      { text: "Guide", link: "/first-ten-minutes" },
      { text: "Examples", link: "/examples/web-app" },
      { text: "API", link: "/api/" }
    ],
    sidebar: existsSync(sidebar) ? JSON.parse(readFileSync(sidebar, "utf8")) : [],
    outline: [2, 3],
    search: { provider: "local" }
  }
}
