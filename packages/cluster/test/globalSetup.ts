export { default } from "@tickwork/test-support/postgresSetup"
