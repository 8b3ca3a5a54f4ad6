/** A log on a test database with a brand and crises, and commands to write to it. */
import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { join } from 'node:path'
import type { JsonObject } from '../../ledger/json.ts'
import { requestHash } from '../../server/services/log/command.ts'
import type { Command, Draft, Idempotency } from '../../server/services/log/command.ts'
import { openLog } from '../../server/services/log/open-log.ts'
import type { Log, OpenLogOptions } from '../../server/services/log/open-log.ts'
import { signerOf } from '../../server/services/log/signer.ts'
import type { Database } from '../../server/db/database.ts'

export const ORIGIN = 'log.example/log'
export const CHAIN_ID = 31_337
export const CONTRACT = '0x5FbDB2315678afecb367f032d93F642f64180aa3'

/** One key for all instances of a test. */
export const LOG_KEY: KeyObject = generateKeyPairSync('ed25519').privateKey

export type TestLogOptions = Partial<OpenLogOptions> & { database: Database; dataDir: string }

/** Opens the log of a test database. */
export async function openTestLog({ dataDir, ...options }: TestLogOptions): Promise<Log> {
  return openLog({
    signer: signerOf(LOG_KEY, ORIGIN),
    chainId: CHAIN_ID,
    contract: CONTRACT,
    highWaterFile: join(dataDir, 'high-water'),
    ...options,
  })
}

export const BRAND = 'acme'
const STAFF = { kind: 'staff', id: 'k_staff' }
const OPERATOR = { kind: 'operator', id: 'k_operator' }
const NAME = { 'zh-CN': '某品牌', en: 'Acme' }

/** Opens the brand, its stream and a staff key. */
export function openBrand(): Command {
  return {
    needs: { brands: [BRAND] },
    judge: (snapshot) => {
      if (snapshot.brand(BRAND) !== undefined) return []
      return [
        { type: 'stream.opened', stream: 'ledger', actor: OPERATOR, data: { opens: `brand:${BRAND}` } },
        brandDraft('brand.opened', { slug: BRAND, name: NAME }),
        { ...brandDraft('key.opened', { id: 'k_staff', role: 'staff' }), secretHash: new Uint8Array(32).fill(7) },
      ]
    },
  }
}

function brandDraft(type: string, data: JsonObject): Draft {
  return { type, stream: `brand:${BRAND}`, brand: BRAND, actor: OPERATOR, data }
}

/** A code of the alphabet of crisis codes, for small numbers. */
export function crisisCode(number: number): string {
  const alphabet = '23456789ABCDEFGHJKMNPQRSTVWXYZ'
  const digits = [number, number / 30, number / 900].map((value) => alphabet.charAt(Math.floor(value) % 30))
  return `CR-22222${digits.toReversed().join('')}`
}

/** Opens a live crisis. */
export function openCrisis(code: string, data: JsonObject = {}): Command {
  return {
    needs: { brands: [BRAND], crises: [code] },
    judge: (snapshot) => {
      if (snapshot.crisis(code) !== undefined) return []
      const opened: JsonObject = {
        code,
        mode: 'live',
        brandName: NAME,
        title: { 'zh-CN': '电池过热', en: 'Overheating batteries' },
        original: 'zh-CN',
        type: 'product_quality',
        severity: 'S2',
        safety: false,
        products: [],
        parties: [{ id: 'brand', kind: 'brand', name: NAME }],
        ...data,
      }
      return [
        { ...brandDraft('stream.opened', { opens: `crisis:${code}`, code }), actor: STAFF },
        { type: 'crisis.opened', stream: `crisis:${code}`, brand: BRAND, actor: STAFF, data: opened },
      ]
    },
  }
}

/** A milestone of a crisis. */
export function milestone(code: string, data: JsonObject, redactable: Draft['redactable'] = []): Draft {
  return {
    type: 'milestone.recorded',
    stream: `crisis:${code}`,
    brand: BRAND,
    actor: STAFF,
    data: { occurredAt: '2026-01-02', zone: '+08:00', assertedBy: ['brand'], original: 'en', ...data },
    redactable,
  }
}

/** Records a statement with a text in two languages. */
export function recordStatement(code: string, text: string, idempotency?: Idempotency): Command {
  return {
    needs: { crises: [code] },
    ...(idempotency === undefined ? {} : { idempotency }),
    judge: () => [
      milestone(code, { kind: 'statement' }, [
        { name: '/text/en', value: text },
        { name: '/text/zh-CN', value: '我们正在调查。' },
      ]),
    ],
  }
}

/** What makes a request repeatable. */
export function idempotencyOf(body: string, key: string = randomUUID()): Idempotency {
  return {
    request: requestHash('k_staff', 'POST', '/admin/v1/crises', key),
    bodyHmac: new Uint8Array(createHash('sha256').update(body).digest()),
  }
}
