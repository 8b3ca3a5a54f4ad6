/**
 * Receipts: one JSON file that proves to a holder what the log says about the own points (`trust-ledger/receipt@1`).
 *
 *     { "format": "trust-ledger/receipt@1", "origin", "vkey", "stream", "checkpoint",
 *       "key": { "index", "bytes", "proof" },
 *       "entries": [ { "index", "bytes", "disclosures", "openings", "proof" } ],
 *       "balance": { "salt", "commitment", "balance", "leaf", "path" },
 *       "anchors": [ as in a timeline ] }
 *
 * Exactly these members; `openings` is absent where an entry has none of this holder, `balance` before the first
 * `points.liabilities` entry. The entries are those of the programme that the holder needs to judge the own ones, ascending:
 * `programme.opened`, the terms, the rules and rewards cited with the rules' withdrawals, the notices of what expires, all of
 * this holder, and the newest `points.liabilities` entry.
 * `path` has values of 40 bytes (liabilities.ts). All proofs are at the size of the checkpoint. Whoever has the file knows
 * what it opens: it is the holder's alone. Specification: README.md, "Receipts" (RC1–RC4).
 */
import { BUNDLE_FORMAT, PROVEN, anchorJson, hashesOf, listOf, membersOf, parseBundleAnchor } from './bundle.ts'
import { parseProven, provenJson, sizeOf, textOf } from './bundle.ts'
import type { Bundle, BundleAnchor, BundleEntry, ProvenBytes } from './bundle.ts'
import { base64url } from './bytes.ts'
import { LedgerError } from './errors.ts'
import { parseJson } from './json.ts'
import type { JsonValue } from './json.ts'

/** The name of the format and its version. */
export const RECEIPT_FORMAT = 'trust-ledger/receipt@1'

/** An entry of the programme, with what it says of this holder. */
export type ReceiptEntry = BundleEntry & { openings?: string[] }

/** The holder's line in the balances tree of the newest `points.liabilities` entry. */
export type ReceiptBalance = { salt: string; commitment: string; balance: number; leaf: number; path: Uint8Array[] }

/** What the log says about one holder's points, with its proofs. */
export type Receipt = {
  format: typeof RECEIPT_FORMAT
  origin: string
  vkey: string
  stream: string
  checkpoint: string
  key: ProvenBytes
  entries: ReceiptEntry[]
  balance?: ReceiptBalance
  anchors: BundleAnchor[]
}

/** The receipt as JSON text. */
export function formatReceipt(receipt: Receipt): string {
  const { format, origin, vkey, stream, checkpoint, key, entries, balance, anchors } = receipt
  return JSON.stringify({
    format,
    origin,
    vkey,
    stream,
    checkpoint,
    key: provenJson(key),
    entries: entries.map(({ disclosures, openings, ...entry }) => ({
      ...provenJson(entry),
      disclosures,
      ...(openings === undefined ? {} : { openings }),
    })),
    ...(balance === undefined ? {} : { balance: { ...balance, path: balance.path.map(base64url) } }),
    anchors: anchors.map(anchorJson),
  })
}

/**
 * The receipt of a JSON text. Its shape is checked here, and nothing that it claims.
 *
 * @throws LedgerError json_malformed with the byte position, bundle_malformed with the place, anchor_malformed
 */
export function parseReceipt(bytes: Uint8Array): Receipt {
  return receiptOf(parseJson(bytes))
}

/**
 * The receipt that a JSON value is.
 *
 * @throws LedgerError bundle_malformed with the place, anchor_malformed
 */
export function receiptOf(value: JsonValue): Receipt {
  const required = ['format', 'origin', 'vkey', 'stream', 'checkpoint', 'key', 'entries', 'anchors']
  const top = membersOf(value, 'receipt', required, ['balance'])
  if (top['format'] !== RECEIPT_FORMAT) throw new LedgerError('bundle_malformed', 'malformed bundle: format')
  const balance = top['balance']
  return {
    format: RECEIPT_FORMAT,
    origin: textOf(top['origin'], 'origin'),
    vkey: textOf(top['vkey'], 'vkey'),
    stream: textOf(top['stream'], 'stream'),
    checkpoint: textOf(top['checkpoint'], 'checkpoint'),
    key: parseProven(membersOf(top['key'], 'key', PROVEN), 'key'),
    entries: listOf(top['entries'], 'entries').map(parseReceiptEntry),
    ...(balance === undefined ? {} : { balance: parseBalance(balance) }),
    anchors: listOf(top['anchors'], 'anchors').map(parseBundleAnchor),
  }
}

function parseReceiptEntry(value: JsonValue, position: number): ReceiptEntry {
  const at = `entries[${position}]`
  const members = membersOf(value, at, [...PROVEN, 'disclosures'], ['openings'])
  const texts = (name: string): string[] =>
    listOf(members[name], `${at}.${name}`).map((text, i) => textOf(text, `${at}.${name}[${i}]`))
  return {
    ...parseProven(members, at),
    disclosures: texts('disclosures'),
    ...(members['openings'] === undefined ? {} : { openings: texts('openings') }),
  }
}

function parseBalance(value: JsonValue): ReceiptBalance {
  const members = membersOf(value, 'balance', ['salt', 'commitment', 'balance', 'leaf', 'path'])
  return {
    salt: textOf(members['salt'], 'balance.salt'),
    commitment: textOf(members['commitment'], 'balance.commitment'),
    balance: sizeOf(members['balance'], 'balance.balance'),
    leaf: sizeOf(members['leaf'], 'balance.leaf'),
    path: hashesOf(members['path'], 'balance.path'),
  }
}

/** The receipt as the checks of a timeline see it: the same log, key, entries and anchors, without heads. */
export function timelineOf({ format: _format, balance: _balance, ...receipt }: Receipt): Bundle {
  return { ...receipt, format: BUNDLE_FORMAT }
}
