/**
 * Which file a test must cover to the last branch: a file of the core by the test of its name. What has no I/O can be
 * tested to the last line, and must be. Other tests count for nothing here: `null`, since an empty list would mean all.
 */
export default (testFile: string): string[] | null => {
  const core = /^test\/ledger\/(.+)\.test\.ts$/.exec(testFile)
  return core ? [`ledger/${core[1]}.ts`] : null
}
