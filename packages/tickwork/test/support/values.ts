import {
  BigDecimal,
  Chunk,
  DateTime,
  Duration,
  Either,
  Exit,
  FastCheck as fc,
  HashMap,
  HashSet,
  List,
  Option
} from "effect"

const atom = fc.oneof(fc.string(), fc.double({ noNaN: true }), fc.boolean(), fc.constant(null))
/** Values of Effect's own data types, one inside the other. */
export const effectValue = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    atom,
    fc.bigInt().map((n) => Duration.nanos(n)),
    fc.integer().map(Duration.millis),
    fc.constant(Duration.infinity),
    fc
      .date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
      .map((date) => DateTime.unsafeFromDate(date)),
    fc.tuple(fc.bigInt(), fc.integer({ min: -20, max: 20 })).map(([n, scale]) => BigDecimal.make(n, scale)),
    fc.constant(Option.none()),
    tie("value").map(Option.some),
    tie("value").map(Either.right),
    tie("value").map(Either.left),
    tie("value").map(Exit.succeed),
    fc.array(tie("value"), { maxLength: 3 }).map(Chunk.fromIterable),
    fc.array(tie("value"), { maxLength: 3 }).map(List.fromIterable),
    fc.array(fc.tuple(atom, tie("value")), { maxLength: 3 }).map(HashMap.fromIterable),
    fc.array(tie("value"), { maxLength: 3 }).map(HashSet.fromIterable)
  )
})).value
