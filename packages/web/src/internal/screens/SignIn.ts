/**
 * Where a token is exchanged for a session. Pure.
 *
 * @internal
 */
import { html } from "../Html.ts"
import type { Content } from "./Frame.ts"

export const render = (): Content => ({
  title: "Sign in",
  screen: "other",
  isLive: false,
  main: html`<h1>Sign in</h1>
<form method="post" action="session"><label for="token">Token</label><input id="token" name="token" type="password" autocomplete="off" required><button>Sign in</button></form>
<p class="hint">tickwork serve prints it, or it is in the token file.</p>`
})
