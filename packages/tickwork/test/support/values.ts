import { Chunk, Duration, Either, Exit, FastCheck as fc, Option } from "effect"

const atom = fc.oneof(fc.string(), fc.double({ noNaN: true }), fc.boolean(), fc.constant(null))
/** Values of Effect's own data types, one inside the other. */
export const effectValue = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    atom,
    fc.bigInt().map((n) => Duration.nanos(n)),
    fc.integer().map(Duration.millis),
    fc.constant(Duration.infinity),
    fc.constant(Option.none()),
    tie("value").map(Option.some),
    tie("value").map(Either.left),
    tie("value").map(Either.right),
    tie("value").map(Exit.succeed),
    fc.array(tie("value"), { maxLength: 3 }).map(Chunk.fromIterable)
  )
})).value
