/**
 * The program `tickwork`, for another program to run.
 *
 * @since 0.1.0
 */

export * as Cli from "./Cli.ts"
