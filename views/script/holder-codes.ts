/**
 * The two codes of a holder on this phone. They come after the # of an address, which no server sees, and are taken out of
 * it at once, so that a forwarded link or a screenshot of the address bar gives nothing away. The spend code is never kept.
 */

export type Codes = { view?: string; spend?: string }

const KEY = 'trust-ledger-view-code'

/** A code as people type it: upper case, O as 0, I and L as 1. Undefined when it is none of this kind. */
export function readCode(text: string, kind: 'V' | 'S'): string | undefined {
  const typed = text.trim().toUpperCase()
  const body = typed.slice(2).replace(/O/g, '0').replace(/[IL]/g, '1')
  return typed.startsWith(`${kind}-`) && /^[0-9A-HJKMNP-TV-Z]{26}$/.test(body) ? `${kind}-${body}` : undefined
}

/** The codes in the address, which loses them. */
export function takeFromAddress(): Codes {
  const fragment = new URLSearchParams(location.hash.slice(1))
  const view = readCode(fragment.get('v') ?? '', 'V')
  const spend = readCode(fragment.get('s') ?? '', 'S')
  if (fragment.has('v') || fragment.has('s')) history.replaceState(null, '', location.pathname + location.search)
  return { ...(view === undefined ? {} : { view }), ...(spend === undefined ? {} : { spend }) }
}

/** Until the tab is closed; or, when the holder says so, on this phone. */
export function keepViewCode(code: string, onThisPhone: boolean): void {
  try {
    sessionStorage.setItem(KEY, code)
    if (onThisPhone) localStorage.setItem(KEY, code)
  } catch {
    // A browser that keeps nothing asks again.
  }
}

export function keptViewCode(): string | undefined {
  try {
    return readCode(sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY) ?? '', 'V')
  } catch {
    return undefined
  }
}

/** Whether the view code stays on this phone, so that a renewed one does too. */
export function isKeptOnThisPhone(): boolean {
  try {
    return localStorage.getItem(KEY) !== null
  } catch {
    return false
  }
}

export function forgetCodes(): void {
  try {
    sessionStorage.removeItem(KEY)
    localStorage.removeItem(KEY)
  } catch {
    // Nothing was kept.
  }
}
