/** The words of the page on which a person takes a consent back, in English. Server only. */
import type { WithdrawWords } from './withdraw-zh-cn.ts'

export const withdrawEn: WithdrawWords = {
  title: 'Take back a consent',
  lead: 'You agreed that your words or your case may be shown? Take that back here: no account, no reason needed.',
  number: 'Number of the consent',
  numberHint: 'The number you were given when you agreed. Digits only.',
  code: 'Withdrawal code',
  codeHint: 'The long string you were given when you agreed. Paste all of it.',
  submit: 'Withdraw and erase',
  whatHeading: 'What happens then',
  gone: 'The texts and files that stand on this consent are gone from this site at once, for good.',
  stays: 'The log keeps their fingerprints, and that a person withdrew a consent, and when. It does not say who.',
  noCode:
    'Lost the code? It was given to you alone and is kept nowhere. Ask the brand or the operator of this site: the operator can erase it as a case.',
  problemHeading: 'Not withdrawn yet. Nothing was changed.',
  unsureHeading: 'It is not certain that this was withdrawn.',
  problems: {
    number_missing: 'Enter the number of the consent, digits only.',
    code_missing: 'Enter the withdrawal code: paste all of it, at least 20 characters.',
    not_found: 'There is no consent with the number {n}. Check the number.',
    code_unknown: 'This code does not belong to number {n}. Check both.',
    busy: 'The ledger did not answer in time. Send it once more: nothing is withdrawn twice.',
  },
  settledHeading: 'This consent is withdrawn already',
  settled: 'The consent with the number {n} was withdrawn before. There is nothing left to do.',
  doneHeading: 'Withdrawn',
  doneOne: '1 text or file is gone from this site.',
  doneMany: '{n} texts or files are gone from this site.',
  doneNone: 'No text or file stood on this consent, so there was nothing to erase.',
  doneEntry: 'See this in the log',
  register: 'Public register of corrections and erasures',
  fromEntry: 'Is this your consent? You can take it back',
}
