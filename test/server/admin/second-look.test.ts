/** Warnings about words through the API: told by a dry run, refused until acknowledged, never repeated, never recorded. */
import t from 'tap'
import { parseEntry } from '../../../ledger/entry.ts'
import { GTIN, milestoneBody, openSite } from './site.ts'
import type { Body } from './site.ts'

const PHONE = '13812345678'
const advice = { level: 'stop_use', scope: [{ by: 'batch', gtin: GTIN, lot: 'L1' }] }
const soft = milestoneBody({
  kind: 'safety_instruction',
  advice,
  text: { 'zh-CN': '建议酌情停用。', en: `Stop using it, or call ${PHONE}.` },
})

t.test('a softened notice with a telephone number is written only by who says twice that it is meant', async (t) => {
  const site = await openSite(t)
  const path = `/crises/${await site.crisis({ safety: true })}/milestones`
  const before = await site.size()
  const refused = await site.post(path, soft)
  t.match(refused.json(), {
    status: 409,
    code: 'warnings_unacknowledged',
    warnings: [
      { code: 'softener', at: '/text/zh-CN', from: 2, to: 4 },
      { code: 'personal_data', at: '/text/en', from: 23, to: 34 },
    ],
  })
  t.notMatch(refused.body, new RegExp(PHONE), 'the passage itself is not repeated')
  t.match((await site.post(path, { ...soft, acknowledge: ['softener'] })).json(), { code: 'warnings_unacknowledged' })
  t.equal(await site.size(), before)
  const tried = (await site.post(`${path}?dryRun=true`, soft)).json<{ warnings: Body[] }>()
  t.match(
    tried.warnings,
    [{ code: 'softener', mustAcknowledge: true }, { code: 'personal_data' }],
    'a dry run tells them',
  )
  const acknowledged = { ...soft, acknowledge: ['softener', 'personal_data'] }
  const written = await site.post(path, acknowledged, { idempotencyKey: 'once' })
  t.equal(written.statusCode, 201, written.body)
  const { bytes } = await site.log.reader.entry(written.json<{ index: number }>().index)
  t.notOk('acknowledge' in parseEntry(bytes).data, 'it is not recorded')
  const again = await site.post(path, acknowledged, { idempotencyKey: 'once' })
  t.equal(again.headers['idempotency-replayed'], 'true')
})

t.test('guards speak before the editor, and what does not weigh much is told only', async (t) => {
  const site = await openSite(t)
  const path = `/crises/${await site.crisis()}/milestones`
  const closing = milestoneBody({ kind: 'closed', text: { en: `Call ${PHONE}` } })
  t.match((await site.post(path, closing)).json(), { code: 'illegal_transition' })
  const half = milestoneBody({ text: { en: '4 June 2020 was long ago.' } })
  const tried = (await site.post(`${path}?dryRun=true`, half)).json<{ warnings: Body[] }>()
  t.match(tried.warnings, [
    { code: 'date_differs', mustAcknowledge: false },
    { code: 'missing_language', mustAcknowledge: false },
  ])
  t.equal((await site.post(path, half)).statusCode, 201)
})

t.test('what is said of the request must be well formed, in a form as well', async (t) => {
  const site = await openSite(t)
  const path = `/crises/${await site.crisis()}/milestones`
  for (const members of [
    { acknowledge: 'softener' },
    { acknowledge: ['anything'] },
    { approvedBy: 7 },
    { approvedBy: 'x' },
  ]) {
    t.match((await site.post(path, milestoneBody(members))).json(), { status: 400, code: 'validation_failed' })
  }
  const form = (more: string): string =>
    `--b\r\nContent-Disposition: form-data; name="brand"\r\n\r\ndairy\r\n${more}` +
    '--b\r\nContent-Disposition: form-data; name="name"\r\n\r\n王小明先生.pdf\r\n' +
    '--b\r\nContent-Disposition: form-data; name="file"; filename="r.pdf"\r\nContent-Type: application/pdf\r\n\r\n' +
    '%PDF-1.7 x\r\n--b--\r\n'
  const headers = { 'content-type': 'multipart/form-data; boundary=b' }
  t.match((await site.post('/evidence', form(''), { headers })).json(), { code: 'warnings_unacknowledged' })
  const field = '--b\r\nContent-Disposition: form-data; name="acknowledge"\r\n\r\npersonal_data\r\n'
  t.equal((await site.post('/evidence', form(field), { headers })).statusCode, 201)
})
