/**
 * The program `tickwork`, to be run by another one.
 *
 * @since 0.1.0
 */

export * as Cli from "./Cli.ts"
