/**
 * One request for every POST of the API, in an order in which each can be written for good after it was tried out. A
 * route that is added to the API must be added here: `dry-run.test.ts` compares the list with the documentation.
 */
import { disclosureDigest, formatDisclosure } from '../../../ledger/disclosure.ts'
import { GTIN, NAME, crisisBody, inHours, milestoneBody } from './site.ts'
import type { Body, Site } from './site.ts'

/** What earlier examples have made. */
export type World = {
  code: string
  /** Another crisis, under whose code the first goes on. */
  newer?: string
  /** Index of an entry of the crisis that can be corrected. */
  entry: number
  /** Id of an admin key that nobody uses. */
  keyId: string
  /** SHA-256 of a file of the crisis. */
  sha256: string
  /** An admin key of the role auditor, and what it wrote. */
  auditor?: string
  objection?: number
  /** Indexes of a seal and of a consent. */
  seal?: number
  holder?: string
  proposal?: number
  ballot?: number
  grant?: number
  consent?: number
}

export type Example = {
  /** As the documentation names it. */
  route: string
  /** The address below /admin/v1, and the body: JSON, or the text of a form. */
  ask: (world: World, site: Site) => { path: string; body: unknown; headers?: Record<string, string> }
  /** Who asks, unless it is the operator. */
  key?: (world: World, site: Site) => Promise<string>
  /** Whether all that was written before must be anchored first. */
  isAnchored?: boolean
  /** The code of the refusal, where a request cannot be written in this story: then a dry run is refused with it, too. */
  refusedWith?: string
  /** What later examples need of the answer. */
  keep?: (world: World, answer: Body) => void
}

const SEALED = formatDisclosure({
  salt: 'A'.repeat(22),
  name: '/text',
  value: { 'zh-CN': '已知三起。', en: 'Three cases.' },
})
const FORM = { 'content-type': 'multipart/form-data; boundary=b' }
const measure = { 'zh-CN': '公布检测结果。', en: 'Results are published.' }
const texts = { text: { 'zh-CN': '已取样。', en: 'Samples were taken.' } }

const milestone = (members: Body): Body => milestoneBody({ ...texts, ...members })
const withoutKind = (members: Body): Body => {
  const { kind: _kind, ...rest } = milestone(members)
  return rest
}
/** Somebody who speaks for the first time about an entry. */
const voice = (about: number, id: string): Body =>
  withoutKind({ about: [about], assertedBy: [id], parties: [{ id, kind: 'holder', name: NAME }] })
const promise = (id: string): Body => withoutKind({ commitment: { id, due: { at: inHours(48) }, measure } })

const NAMES = { 'zh-CN': '牧场伙伴', en: 'Herd partners' }
const TERMS = { text: NAMES, noCash: NAMES, expiry: { months: 12 } }
const RULE = {
  rule: 'supervise',
  activity: 'supervision',
  title: NAMES,
  text: { 'zh-CN': '提交一份完整的检查记录。', en: 'For a complete record of an inspection.' },
  earns: { points: 10 },
  reviewerRole: 'staff',
  pendingDays: 3,
}

/** A points programme, from its opening to a grant that is taken back. */
const POINTS: readonly Example[] = [
  {
    route: '/brands/{slug}/programmes',
    ask: () => ({
      path: '/brands/dairy/programmes',
      body: { id: 'herd', name: NAMES, original: 'zh-CN', terms: TERMS },
    }),
  },
  { route: '/programmes/{id}/terms', ask: () => ({ path: '/programmes/herd/terms', body: TERMS }) },
  { route: '/programmes/{id}/rules', ask: () => ({ path: '/programmes/herd/rules', body: RULE }) },
  {
    route: '/programmes/{id}/rules',
    ask: () => ({ path: '/programmes/herd/rules', body: { ...RULE, rule: 'short-lived' } }),
  },
  {
    route: '/programmes/{id}/rules/{rule}/withdraw',
    ask: () => ({ path: '/programmes/herd/rules/short-lived/withdraw', body: null }),
  },
  {
    route: '/programmes/{id}/rules',
    ask: () => ({ path: '/programmes/herd/rules', body: { ...RULE, rule: 'vote', earns: { vote: true } } }),
  },
  {
    route: '/programmes/{id}/holders',
    ask: () => ({ path: '/programmes/herd/holders', body: { contact: '13812345678' } }),
    keep: (world, { holders }) => (world.holder = (holders as { id: string }[])[0]?.id ?? ''),
  },
  ...['reverse', 'void'].flatMap((end, position): Example[] => [
    {
      route: '/programmes/{id}/grants',
      isAnchored: position === 0,
      ask: ({ holder, entry, objection = 0 }) => ({
        path: '/programmes/herd/grants',
        body: { rule: 'supervise', source: position === 0 ? entry : objection, holder },
      }),
      keep: (world, { index }) => (world.grant = index as number),
    },
    ...(end === 'void'
      ? []
      : [
          {
            route: '/grants/{index}/post',
            ask: ({ grant }: World) => ({ path: `/grants/${grant}/post`, body: null }),
          },
        ]),
    {
      route: `/grants/{index}/${end}`,
      ask: ({ grant }) => ({ path: `/grants/${grant}/${end}`, body: { reason: 'counted twice' } }),
    },
  ]),
  {
    route: '/programmes/{id}/grants/bulk',
    ask: ({ holder, seal }) => ({
      path: '/programmes/herd/grants/bulk',
      headers: { 'content-type': 'application/x-ndjson' },
      body: `${JSON.stringify({ rule: 'supervise', source: seal, holder })}\n`,
    }),
  },
  {
    route: '/holders/{id}/contact/erase',
    ask: ({ holder }) => ({ path: `/holders/${holder}/contact/erase`, body: null }),
  },
]

const REWARD = {
  title: NAMES,
  text: NAMES,
  conditions: NAMES,
  cost: 10,
  capacity: 5,
  from: inHours(1),
  until: inHours(999),
  valueClass: 'a day on the farm',
}

/** What points are spent for, what holders suggest, and what they vote on. */
const SPENDING: readonly Example[] = [
  {
    route: '/programmes/{id}/rewards',
    ask: () => ({ path: '/programmes/herd/rewards', body: { reward: 'visit', ...REWARD } }),
  },
  {
    route: '/rewards/{id}/{reward}/amend',
    ask: () => ({ path: '/rewards/herd/visit/amend', body: { ...REWARD, capacity: 9 } }),
  },
  {
    route: '/rewards/{id}/{reward}/close',
    ask: () => ({ path: '/rewards/herd/visit/close', body: { reason: 'rain' } }),
  },
  {
    route: '/programmes/{id}/proposals',
    ask: () => ({ path: '/programmes/herd/proposals', body: { original: 'en', title: NAMES, text: NAMES } }),
    keep: (world, { index }) => (world.proposal = index as number),
  },
  {
    route: '/proposals/{index}/move',
    key: async (_world, site) => await site.key('staff', 'dairy'),
    ask: ({ proposal }) => ({ path: `/proposals/${proposal}/move`, body: { to: 'declined', reason: NAMES } }),
  },
  {
    route: '/programmes/{id}/ballots',
    ask: () => ({
      path: '/programmes/herd/ballots',
      body: {
        question: NAMES,
        options: ['a', 'b'].map((id) => ({ id, title: NAMES })),
        choice: 'single',
        opensAt: inHours(1),
        closesAt: inHours(2),
      },
    }),
    keep: (world, { index }) => (world.ballot = index as number),
  },
  {
    route: '/ballots/{index}/entitlements',
    ask: ({ ballot, entry, holder }) => ({
      path: `/ballots/${ballot}/entitlements`,
      body: { rule: 'vote', source: entry, holder },
    }),
  },
  { route: '/ballots/{index}/freeze', ask: ({ ballot }) => ({ path: `/ballots/${ballot}/freeze`, body: null }) },
  ...['challenge', 'finalise'].map((step): Example => ({
    route: `/ballots/{index}/${step}`,
    refusedWith: 'ballot_step',
    ...(step === 'challenge' ? { key: async (_world: World, site: Site) => await site.key('auditor') } : {}),
    ask: ({ ballot }) => ({ path: `/ballots/${ballot}/${step}`, body: { reason: 'counted twice' } }),
  })),
  ...['confirm', 'release', 'refund'].map((step): Example => ({
    route: `/redemptions/{index}/${step}`,
    refusedWith: 'not_found',
    ask: ({ entry }) => ({ path: `/redemptions/${entry}/${step}`, body: null }),
  })),
]

const RECORD: readonly Example[] = [
  { route: '/brands', ask: () => ({ path: '/brands', body: { slug: 'bakery', name: NAME } }) },
  {
    route: '/brands/{slug}/products',
    ask: () => ({ path: '/brands/dairy/products', body: { gtin: '96385074', name: NAME } }),
  },
  { route: '/products/{gtin}/batches', ask: () => ({ path: `/products/${GTIN}/batches`, body: { lot: 'L3' } }) },
  {
    route: '/brands/{slug}/retired-codes',
    ask: () => ({
      path: '/brands/dairy/retired-codes',
      body: { gtin: GTIN, lot: 'L11', to: { gtin: GTIN, lot: 'L1' } },
    }),
  },
  {
    route: '/approvals',
    key: async (_world, site) => await site.key('reviewer', 'dairy'),
    ask: () => ({ path: '/approvals', body: { path: '/crises', body: crisisBody() } }),
  },
  {
    route: '/brands/{slug}/clocks',
    ask: () => ({
      path: '/brands/dairy/clocks',
      body: { severities: { S1: {}, S2: {}, S3: { acknowledge: { hours: 12 } }, S4: {} } },
    }),
  },
  {
    route: '/crises',
    ask: () => ({ path: '/crises', body: crisisBody() }),
    keep: (world, { code }) => (world.code = code as string),
  },
  {
    route: '/crises',
    ask: () => ({ path: '/crises', body: crisisBody() }),
    keep: (world, { code }) => (world.newer = code as string),
  },
  {
    route: '/crises/{code}/retired-code',
    ask: ({ code, newer }) => ({ path: `/crises/${code}/retired-code`, body: { to: newer } }),
  },
  {
    route: '/crises/{code}/milestones',
    ask: ({ code }) => ({ path: `/crises/${code}/milestones`, body: milestone({}) }),
    keep: (world, { index }) => (world.entry = index as number),
  },
  {
    route: '/evidence',
    ask: ({ code }) => ({
      path: '/evidence',
      headers: FORM,
      body: [
        '--b\r\nContent-Disposition: form-data; name="crisis"\r\n\r\n',
        `${code}\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="r.pdf"\r\n`,
        'Content-Type: application/pdf\r\n\r\n%PDF-1.7 results\r\n--b--\r\n',
      ].join(''),
    }),
    keep: (world, { sha256 }) => (world.sha256 = sha256 as string),
  },
  {
    route: '/crises/{code}/roles',
    ask: ({ code }) => ({
      path: `/crises/${code}/roles`,
      body: { action: 'assume', role: 'commander', occurredAt: inHours(0), assertedBy: ['brand'] },
    }),
  },
  {
    route: '/crises/{code}/scope',
    ask: ({ code }) => ({
      path: `/crises/${code}/scope`,
      body: withoutKind({ scope: [{ by: 'batch', gtin: GTIN, lot: 'L1' }], basis: 'precaution' }),
    }),
  },
  {
    route: '/crises/{code}/remedies',
    ask: ({ code }) => ({ path: `/crises/${code}/remedies`, body: withoutKind({ remedy: 'r1' }) }),
  },
  {
    route: '/crises/{code}/commitments',
    ask: ({ code }) => ({ path: `/crises/${code}/commitments`, body: promise('c1') }),
  },
  {
    route: '/crises/{code}/commitments/{id}/reschedule',
    ask: ({ code }) => ({
      path: `/crises/${code}/commitments/c1/reschedule`,
      body: withoutKind({ due: { at: inHours(72) } }),
    }),
  },
  {
    route: '/commitments/{id}/reschedule',
    ask: () => ({ path: '/commitments/c1/reschedule', body: withoutKind({ due: { at: inHours(96) } }) }),
  },
  {
    route: '/crises/{code}/commitments/{id}/fulfil',
    ask: ({ code, sha256 }) => ({
      path: `/crises/${code}/commitments/c1/fulfil`,
      body: withoutKind({ evidence: [sha256] }),
    }),
  },
  ...['c2', 'c3', 'c4'].map((id) => ({
    route: '/crises/{code}/commitments',
    ask: ({ code }: World) => ({ path: `/crises/${code}/commitments`, body: promise(id) }),
  })),
  {
    route: '/commitments/{id}/fulfil',
    ask: ({ sha256 }) => ({ path: '/commitments/c2/fulfil', body: withoutKind({ evidence: [sha256] }) }),
  },
  {
    route: '/crises/{code}/commitments/{id}/abandon',
    ask: ({ code }) => ({ path: `/crises/${code}/commitments/c3/abandon`, body: withoutKind({}) }),
  },
  { route: '/commitments/{id}/abandon', ask: () => ({ path: '/commitments/c4/abandon', body: withoutKind({}) }) },
  {
    route: '/crises/{code}/commitments/{id}/explain',
    ask: ({ code }) => ({ path: `/crises/${code}/commitments/c3/explain`, body: withoutKind({}) }),
  },
  { route: '/commitments/{id}/explain', ask: () => ({ path: '/commitments/c4/explain', body: withoutKind({}) }) },
  {
    route: '/crises/{code}/commitments/{id}/dispute',
    ask: ({ code, entry }) => ({ path: `/crises/${code}/commitments/c3/dispute`, body: voice(entry, 'owner-1') }),
  },
  {
    route: '/commitments/{id}/dispute',
    ask: ({ entry }) => ({ path: '/commitments/c4/dispute', body: voice(entry, 'owner-2') }),
  },
  {
    route: '/crises/{code}/commitments/{id}/confirm',
    ask: ({ code, entry }) => ({ path: `/crises/${code}/commitments/c3/confirm`, body: voice(entry, 'owner-3') }),
  },
  {
    route: '/commitments/{id}/confirm',
    ask: ({ entry }) => ({ path: '/commitments/c4/confirm', body: voice(entry, 'owner-4') }),
  },
  {
    route: '/entries/{index}/corrections',
    ask: ({ entry }) => ({
      path: `/entries/${entry}/corrections`,
      body: { reason: 'incomplete', original: 'en', text: { 'zh-CN': '样品数有误。', en: 'The number was missing.' } },
    }),
  },
  {
    route: '/crises/{code}/seals',
    ask: ({ code }) => ({ path: `/crises/${code}/seals`, body: { digest: disclosureDigest(SEALED) } }),
    keep: (world, { index }) => (world.seal = index as number),
  },
  {
    route: '/entries/{index}/open',
    ask: ({ seal }) => ({ path: `/entries/${seal}/open`, body: { disclosure: SEALED } }),
  },
  {
    route: '/crises/{code}/consents',
    ask: ({ code, entry }) => ({
      path: `/crises/${code}/consents`,
      body: { purpose: 'public_display', textVersion: '1', of: [entry] },
    }),
    keep: (world, { index }) => (world.consent = index as number),
  },
  {
    route: '/entries/{index}/withdrawals',
    ask: ({ consent }) => ({ path: `/entries/${consent}/withdrawals`, body: {} }),
  },
  {
    route: '/keys',
    ask: () => ({ path: '/keys', body: { role: 'auditor', brand: 'dairy' } }),
    keep: (world, { key }) => (world.auditor = key as string),
  },
  ...['/crises/{code}/audit', '/brands/{slug}/audit'].map((route) => ({
    route,
    ask: ({ code, auditor }: World) => ({
      path: route.replace('{code}', code).replace('{slug}', 'dairy'),
      body: { kind: 'objection', original: 'en', text: { en: 'Too small.', 'zh-CN': '范围太小。' } },
      headers: { authorization: `Bearer ${auditor}` },
    }),
    keep: (world: World, { index }: Body) => (world.objection = index as number),
  })),
  {
    route: '/entries/{index}/answers',
    ask: ({ objection }) => ({
      path: `/entries/${objection}/answers`,
      body: { original: 'en', text: { en: 'It was widened.', 'zh-CN': '已扩大。' } },
    }),
  },
  {
    route: '/entries/{index}/redactions',
    ask: ({ objection }) => ({ path: `/entries/${objection}/redactions`, body: { reason: 'unlawful_content' } }),
  },
  {
    route: '/keys',
    ask: () => ({ path: '/keys', body: { role: 'staff', brand: 'dairy' } }),
    keep: (world, { id }) => (world.keyId = id as string),
  },
  { route: '/keys/{id}/revoke', ask: ({ keyId }) => ({ path: `/keys/${keyId}/revoke`, body: undefined }) },
]

export const EXAMPLES: readonly Example[] = [...RECORD, ...POINTS, ...SPENDING]
