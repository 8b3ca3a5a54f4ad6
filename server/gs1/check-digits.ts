/**
 * The two check sums of GS1 keys: the check digit of numeric keys, and the check character pair of a Global Model
 * Number. GS1 General Specifications §7.9.1 and §7.9.5.
 */

/** Whether the last digit of a numeric key is right: weights 3, 1, 3, … from the digit before it to the left. */
export const hasCheckDigit = (key: string): boolean => {
  if (!/^[0-9]{2,}$/.test(key)) return false
  let sum = 0
  for (let i = 0; i < key.length; i++) {
    const fromRight = key.length - 1 - i
    sum += Number(key.charAt(i)) * (fromRight % 2 === 1 ? 3 : 1)
  }
  return sum % 10 === 0
}

const CSET_82 = '!"%&\'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz'
const CSET_32 = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'
/** One weight for each character before the pair, from the right. */
const PRIMES = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83]

/** Whether the last two characters of a Global Model Number are the right ones. */
export const hasCheckPair = (key: string): boolean => {
  const body = key.slice(0, -2)
  if (body.length === 0 || body.length > PRIMES.length) return false
  let sum = 0
  for (let i = 0; i < body.length; i++) {
    const value = CSET_82.indexOf(body.charAt(body.length - 1 - i))
    if (value < 0) return false
    sum += value * (PRIMES[i] ?? 0)
  }
  const rest = sum % 1021
  return key.slice(-2) === CSET_32.charAt(Math.floor(rest / 32)) + CSET_32.charAt(rest % 32)
}
