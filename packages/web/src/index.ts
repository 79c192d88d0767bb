/**
 * The public modules of `@tickwork/web`.
 *
 * @since 0.1.0
 */

export * as TickApi from "./TickApi.ts"
export * as TickPage from "./TickPage.ts"
export * as TickToken from "./TickToken.ts"
