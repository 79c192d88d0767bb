import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import * as KeyCadence from "../src/internal/schedule/KeyCadence.ts"

const optionOf = (data: unknown) =>
  Either.match(KeyCadence.calendarOf(data), { onLeft: ({ option }) => option, onRight: ({ definition }) => definition })

describe("the cadence of a key, as data", () => {
  it("of an expression and a zone is what it is with its defaults written out", () => {
    const plain = { cron: "0 9 * * *", zone: "Europe/Berlin" }
    assert.strictEqual(optionOf(plain), optionOf({ ...plain, gap: "shift", fold: "first" }))
    assert.strictEqual(optionOf({ cron: "0 9 * * *" }), optionOf({ cron: "0 9 * * *", zone: "UTC" }))
    assert.include(optionOf({ cron: "0 9 * * *", until: 0 }), "until")
  })

  it("is refused where a field of it has the wrong type, or is wrong itself", () => {
    for (const zone of [undefined, null, 1, {}])
      assert.strictEqual(optionOf({ cron: "0 9 * * *", zone }), "cadence", String(zone))
    for (const data of [null, [], "0 9 * * *", {}, { cron: 9 }, { zone: "UTC" }])
      assert.strictEqual(optionOf(data), "cadence", JSON.stringify(data))
    assert.strictEqual(optionOf({ cron: "0 25 * * *", zone: "UTC" }), "cron")
    assert.strictEqual(optionOf({ cron: "0 0 30 2 *", zone: "UTC" }), "cron")
    assert.strictEqual(optionOf({ cron: "0 9 * * *", zone: "Europe/Berln" }), "zone")
  })
})
