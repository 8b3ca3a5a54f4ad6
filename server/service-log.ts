/** Where the service says what its operator should know; pino fits. */
export type ServiceLog = {
  info(facts: object | string, message?: string): void
  warn(facts: object | string, message?: string): void
  error(facts: object | string, message?: string): void
}
