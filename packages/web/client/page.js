// The script of every screen: follows what is written, and keeps focus, half-typed text and scroll position while it does.
// It is bundled with idiomorph into src/internal/assets/pageScript.ts by `npm run page:script`.
import { Idiomorph } from "idiomorph"

const base = document.currentScript?.src ?? location.href
const main = () => document.getElementById("main")
const restMs = 250
let isBusy = false
let isWanted = false

// what somebody has typed or opened is theirs
const isDirty = (node) =>
  (node.matches?.("input:not([type=hidden]),textarea") && node.value !== node.defaultValue) ||
  (node.matches?.("select") && node === document.activeElement)

const callbacks = {
  beforeNodeMorphed: (node) => !isDirty(node),
  beforeAttributeUpdated: (name) => name !== "open"
}

const refresh = async () => {
  isWanted = true
  if (isBusy || document.hidden) return
  isBusy = true
  isWanted = false
  try {
    const response = await fetch(location.href, { headers: { accept: "text/html" } })
    if (response.ok) {
      const next = new DOMParser().parseFromString(await response.text(), "text/html")
      Idiomorph.morph(main(), next.getElementById("main"), { ignoreActiveValue: true, callbacks })
      document.title = next.title
      document.body.dataset.updates = Number(document.body.dataset.updates ?? 0) + 1
    }
  } catch {
    // the feed tells that the server is gone
  }
  setTimeout(() => {
    isBusy = false
    if (isWanted) refresh()
  }, restMs)
}

const say = (text) => {
  const live = document.getElementById("live")
  live.hidden = false
  if (live.textContent !== text) live.textContent = text
  document.body.dataset.live = text
}

let feed
let again
const close = () => {
  clearTimeout(again)
  feed?.close()
}
const follow = () => {
  close()
  feed = new EventSource(new URL("feed", base))
  feed.onopen = () => say("live")
  feed.onmessage = refresh
  feed.onerror = () => {
    say(feed.readyState === 2 ? "every 2 s" : "not live")
    // refused, as where too many follow: ask for the page itself meanwhile
    if (feed.readyState === 2)
      again = setTimeout(() => {
        refresh()
        follow()
      }, 2000)
  }
}

// a browser has six connections for a host, and a tab that nobody sees needs none
const onVisible = () => {
  if (document.hidden) return close()
  follow()
}

const signIn = async (token) => {
  history.replaceState(null, "", location.pathname + location.search)
  const body = new URLSearchParams({ token })
  const response = await fetch(new URL("session", base), { method: "POST", body })
  return response.ok
}

const start = () => {
  if (document.body.dataset.follows !== "yes") return
  document.addEventListener("visibilitychange", onVisible)
  addEventListener("pagehide", close)
  addEventListener("pageshow", (event) => event.persisted && onVisible())
  onVisible()
}

if (location.hash.startsWith("#t="))
  signIn(decodeURIComponent(location.hash.slice(3))).then((isIn) => (isIn ? location.reload() : start()), start)
else start()
