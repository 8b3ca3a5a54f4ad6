/** The verdicts, the named steps of a check and its buttons, in English; the same members as the Chinese catalogue. */
import type { VerdictWords } from './verdict-zh-cn.ts'

export const verdictEn: VerdictWords = {
  lang: 'en',
  verdicts: {
    running: { icon: '◌', label: 'Checking', text: 'Your phone is checking each entry, about 1 second.' },
    verified: {
      icon: '✓',
      label: 'Record unaltered',
      text: 'All {n} recorded entries are here, in order, unchanged since they were anchored ({t}). This does not show that they are true.',
    },
    pending: {
      icon: '○',
      label: 'Newest {rest} not yet anchored',
      text: 'The first {k} entries are checked and unaltered. The newest {rest} were just recorded and can be checked once anchored, expected by {eta}.',
    },
    unanchored: {
      icon: '○',
      label: 'Not yet anchored',
      text: 'All {n} entries were just recorded and can be checked once anchored.',
    },
    stale: {
      icon: '○',
      label: 'Not the newest state',
      text: 'The {n} entries are checked and unaltered, but this is not the newest state. Please reload.',
    },
    notChecked: {
      icon: '–',
      label: 'Not checked',
      text: 'The chain could not be reached, so nothing was concluded. That is neither good nor bad.',
    },
    noScript: { icon: '–', label: 'Not checked', text: 'This browser cannot check. You can still read everything.' },
    unrecognised: {
      icon: '?',
      label: 'Publisher not confirmed',
      text: 'The record is consistent, but it does not match the check code on the pack, or none was given. Compare the address and code on the pack.',
    },
    unrecognisedKey: {
      icon: '?',
      label: 'Publisher not confirmed',
      text: 'The record is consistent, but the key that signed it is not named in the anchored part of the log.',
    },
    testChain: {
      icon: '?',
      label: 'Publisher not confirmed',
      text: 'The record is consistent, but it sits on a test chain and counts for nothing.',
    },
    mismatch: {
      icon: '✕',
      label: 'Record does not match',
      text: 'Entry {i} differs from what was registered and may have been altered. Do not rely on this page for whether yours is affected; if in doubt, stop using it.',
    },
    mismatchWhole: {
      icon: '✕',
      label: 'Record does not match',
      text: 'This record differs from what was registered and may have been altered. Do not rely on this page for whether yours is affected; if in doubt, stop using it.',
    },
  },
  noCode: 'Without the code it can only be said that the record agrees with itself.',
  allHere: 'All {n} entries are here, unaltered.',
  late: 'Anchoring is {h} hours late; this is on record.',
  how: 'How it was checked',
  retry: 'Try again',
  otherWay: 'Check another way',
  whatDiffers: 'What differs',
  whoToTell: 'Who to tell',
  whoToTellText: 'Take a screenshot; note code {logId} and entry {i}.',
  thenAuditor: 'the auditor or host named in the log',
  thenBrand: 'last, the brand',
  below: 'What follows failed the check',
  mineMismatch: 'Cannot be told now. Stop using it and contact {contact}.',
  contactRegulator: 'the market regulator (mainland China: 12315)',
  technical: 'Technical values',
  cannotHeading: 'What cannot be checked here',
  cannot:
    'Whether it is true; whether something happened that was never recorded; whether the thing in your hand is genuine; this checking program comes from this site.',
  elsewhere: 'Check elsewhere',
  notPossible: 'Not done, because an earlier check did not hold',
  mark: { held: '✓', failed: '✕', skipped: '–', partly: '○' },
  markWords: { held: 'held', failed: 'failed', skipped: 'not done', partly: 'in part' },
  steps: {
    entries: {
      done: 'The fingerprints of all {n} entries match',
      failed: 'The fingerprint of entry {i} does not match',
    },
    order: {
      done: 'Entries 1 to {n} are linked without a gap',
      failed: 'Entry {i} does not follow from the one before',
    },
    complete: {
      done: 'The log also counts {n}: none is missing',
      failed: "The log's count does not agree with the {n} entries here",
      partly: 'The log counts {k}; the other {rest} are not anchored yet',
      skipped: 'Not anchored yet, so there is no count to compare with',
    },
    signature: {
      done: "The log's signature is valid",
      failed: 'The signature is not valid',
    },
    publisher: {
      done: 'Matches the check code on the pack {logId}',
      failed: 'Does not match the check code: this record is {logId}',
      skipped: 'No check code to compare with: this record is {logId}',
    },
    chain: {
      done: 'Your phone asked {host}: the chain holds the same value (block {b})',
      failed: '{host} holds another value',
      skipped: 'The chain was not asked; asking through this site does not count',
    },
    times: {
      done: 'Every recording time lies between two anchors',
      failed: 'The recording time of entry {i} does not fit its anchors',
      partly: 'The first {j} are provable only since {t}',
      skipped: 'Not anchored yet, so the times cannot be checked',
    },
    erased: {
      done: '{d} erased passages; their fingerprints remain',
      failed: 'A text is withheld without a registered erasure (entry {i})',
    },
    promises: {
      done: 'Every promise that came due has an outcome or a recorded miss',
      failed: 'A promise came due without outcome or recorded miss',
    },
    page: {
      done: 'The words on this page are those of the checked entries',
      failed: 'The words on this page differ from the checked entries (entry {i})',
      failedWhole: 'The words on this page differ from the checked entries',
    },
    fresh: {
      done: 'This is the newest state',
      failed: '',
      partly: 'The chain already holds a newer anchor',
    },
    format: { done: 'The proof file is well formed', failed: 'This is not a whole proof file' },
  },
  errors: {
    notProof: 'This is not a proof file.',
    cut: 'The file is cut off at byte {x}.',
    newer: 'This proof is of a newer version.',
    badLink: 'This link names no incident, product or entry.',
    fetch: 'The proof file could not be fetched.',
    badCode: 'The check code has 32 letters and digits, in groups of four.',
  },
}
