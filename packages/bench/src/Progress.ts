/**
 * Measures one thing after the other, says on the error stream how long each took, and goes on past what fails.
 */
import { Duration, Effect, Either } from "effect"

export interface Results<A> {
  readonly values: ReadonlyArray<A>
  readonly failures: ReadonlyArray<string>
}

export const say = (line: string): Effect.Effect<void> => Effect.sync(() => process.stderr.write(`${line}\n`))

export const each = <N extends string, A, E extends Error>(
  names: ReadonlyArray<N>,
  measure: (name: N) => Effect.Effect<A, E>
): Effect.Effect<Results<A>> =>
  Effect.gen(function* () {
    const results = yield* Effect.forEach(names, (name) =>
      Effect.either(measure(name)).pipe(
        Effect.timed,
        Effect.tap(([took]) => say(`${name}: ${Duration.toSeconds(took).toFixed(1)} s`)),
        Effect.map(([, result]) => result)
      )
    )
    return {
      values: results.filter(Either.isRight).map(({ right }) => right),
      failures: results.filter(Either.isLeft).map(({ left }) => left.message)
    }
  })
