/** What fsck says about one thing that it looked at. */

/** `skipped`: it could not be looked at, for the reason in the sentence. */
export type Finding = { check: string; outcome: 'held' | 'failed' | 'skipped'; sentence: string; problems: string[] }

/** More than these are not listed: the log is plainly broken. */
const LISTED_MAX = 20

export function held(check: string, sentence: string): Finding {
  return { check, outcome: 'held', sentence, problems: [] }
}

export function skipped(check: string, sentence: string): Finding {
  return { check, outcome: 'skipped', sentence, problems: [] }
}

export function failed(check: string, problems: readonly string[]): Finding {
  const sentence = problems.length === 1 ? 'There is a problem.' : `There are ${problems.length} problems.`
  return { check, outcome: 'failed', sentence, problems: problems.slice(0, LISTED_MAX) }
}
