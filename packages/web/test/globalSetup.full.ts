/**
 * Unpacks the browser once, before the files that use it.
 */
import * as Chromium from "./support/Chromium.ts"

export default async () => {
  if (Chromium.missing() === null) await Chromium.find()
}
