/** Whether something that looks like personal data is: check digits and mailboxes that belong to a role. */

/** The weights of ISO 7064 MOD 11-2 as GB 11643-1999 uses it, and the check character of each remainder. */
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const CHECK = '10X98765432'

/** Whether 18 characters are an identity number of mainland China: a birthday that can be, and the check digit right. */
export function isIdNumber(text: string): boolean {
  const [year, month, day] = [text.slice(6, 10), text.slice(10, 12), text.slice(12, 14)].map(Number)
  if (!(year! >= 1900 && year! < 2100 && month! >= 1 && month! <= 12 && day! >= 1 && day! <= 31)) return false
  const sum = WEIGHTS.reduce((total, weight, position) => total + weight * Number(text[position]), 0)
  return CHECK[sum % 11] === text[17]?.toUpperCase()
}

/** Mailboxes that a brand gives out on purpose. */
const ROLES =
  /^(?:service|services|support|info|help|contact|press|media|recall|recalls|care|kefu|hotline|complaints?|customer|privacy|security|no-?reply)(?:[._-]|$)/i

/** Whether a mail address is likely that of a person. */
export function isPersonalMailbox(address: string): boolean {
  return !ROLES.test(address.slice(0, address.indexOf('@')))
}
