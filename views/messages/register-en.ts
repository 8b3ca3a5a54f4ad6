/** The words of the register of corrections and erasures, in English. Server only. */
import type { RegisterWords } from './register-zh-cn.ts'

export const registerEn: RegisterWords = {
  lead: 'What is in the log cannot be changed. What was wrong gets a correction, and both stay. What must go is destroyed, together with the random number that hid it; the fingerprint stays in the log, and why and when is listed here.',
  erasures: 'Erased',
  brandRemovals: 'Taken down by the brand',
  brandRemovalsNote: 'The brand wanted these gone. No person asked for it.',
  corrections: 'Corrected',
  count: '{reason} {n}',
  none: 'None.',
  allBrands: 'All brands',
  onlyBrand: 'Only this brand: {brand}',
  item: '{stream}, entry {i}',
  text: 'Text',
  texts: 'Text, {n} passages',
  file: 'File (fingerprint kept)',
  reason: 'Reason',
  removed: 'Gone from this site',
  files: 'Gone from the database files',
  owed: 'in progress',
  caches: 'Caches by',
  backups: 'Backups by',
  windowsNote:
    'When it was registered can be checked in the log. When it left the files is what this site says; the log cannot show it.',
  registered: 'Registered',
  withdraw: 'Did you agree to have your words or your case shown? You can take that back.',
  older: 'Older ones',
}
