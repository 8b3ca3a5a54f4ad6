/** What pages say of seals, consents, erasures and the word of auditors, in English; part of the record's catalogue. */
import type { KeepingWords } from './keeping-zh-cn.ts'

export const keepingEn: KeepingWords = {
  sealsOpen: '{n} sealed and not opened, the oldest for {gap}',
  sealClosed: 'The text is not public yet. Its fingerprint is recorded, so it cannot be exchanged.',
  sealOpened: 'Opened, see entry {i}',
  sealOf: 'Sealed: {kind}',
  sealOpens: 'Opens the seal of entry {i}; only the text of that fingerprint can be recorded',
  objectionsOpen: 'Objections of auditors not answered by the brand: {n}',
  auditHeading: 'What auditors say',
  auditLine: '{date} {kind}. {state}',
  auditorSays: 'said by the auditor',
  brandAnswers: 'answer of the brand',
  findings: {
    confirmed: 'Finding: confirmed',
    not_confirmed: 'Finding: could not be confirmed',
    incomplete: 'Finding: incomplete',
    misleading: 'Finding: misleading',
    not_examined: 'Finding: not examined',
  },
  about: 'About: entry {list}',
  answerTo: 'Answers: entry {list}',
  unanswered: 'Not answered by the brand',
  answeredBy: 'Answered by the brand, see entry {i}',
  needsNone: 'Needs no answer',
  purposes: {
    public_display: 'For: showing it in public',
    case_sharing: 'For: sharing the case',
    laboratory_testing: 'For: a test in a laboratory',
    contact: 'For: getting in touch',
  },
  consentCovers: 'Concerns: entry {list}',
  withdraws: 'Withdraws the consent of entry {i}',
  erases: 'Erased: entry {i}, {reason}',
  fileErased: 'File erased, fingerprint kept, {reason}, {date}',
}
