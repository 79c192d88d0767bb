/**
 * The public modules of `@tickwork/cli`.
 *
 * @since 0.1.0
 */

export * as Cli from "./Cli.ts"
