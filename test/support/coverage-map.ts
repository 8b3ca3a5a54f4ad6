/** Only the core is held to full coverage: what has no I/O can be tested to the last line, and must be. */
export default (testFile: string): string[] => {
  const core = /^test\/ledger\/(.+)\.test\.ts$/.exec(testFile)
  return core ? [`ledger/${core[1]}.ts`] : []
}
