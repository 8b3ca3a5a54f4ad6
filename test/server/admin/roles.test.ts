/** Roles through the API (RO1, RO2): public with their times, the person never. */
import t from 'tap'
import { parseAdminKey } from '../../../server/services/keys/admin-key.ts'
import { parseEntry } from '../../../ledger/entry.ts'
import type { CrisisState } from '../../../ledger/crisis.ts'
import { inHours, milestoneBody, openSite } from './site.ts'
import type { Body } from './site.ts'

t.test('RO1, RO2: a role has one holder, is given back before another assumes it, and is on the page', async (t) => {
  const site = await openSite(t, 'postgres', { withPages: true })
  const code = await site.crisis()
  const [night, day] = [await site.key('staff', 'dairy'), await site.key('staff', 'dairy')]
  const role = (action: string, name = 'commander'): Body => ({
    action,
    role: name,
    occurredAt: inHours(0),
    assertedBy: ['brand'],
  })
  const path = `/crises/${code}/roles`
  t.match((await site.post(path, role('renounce'))).json(), { status: 409, code: 'role_not_held' })
  const written = await site.write(path, role('assume'), { key: night })
  const taken = (await site.post(path, role('assume'), { key: day })).json<{ detail: string }>()
  t.match(taken, { status: 409, code: 'role_taken', detail: /role_renounced/ })
  await site.write(path, role('assume', 'scribe'), { key: night })
  const given = await site.write(path, role('renounce'), { key: night })
  await site.write(path, role('assume'), { key: day })
  const { state } = (await site.get(`/crises/${code}`)).json<{ state: CrisisState }>()
  t.match(state.roles, [
    { role: 'commander', assumed: written['index'], key: idOf(night), renounced: given['index'] },
    { role: 'scribe', key: idOf(night) },
    { role: 'commander', key: idOf(day) },
  ])
  const { bytes } = await site.log.reader.entry(written['index'] as number)
  const { actor, data } = parseEntry(bytes)
  t.same(actor, { kind: 'staff', id: idOf(night) })
  t.same(Object.keys(data).toSorted(), ['assertedBy', 'kind', 'occurredAt', 'role'], 'no person, no text')
  const page = (await site.app.inject(`/c/${code}?lang=en`)).body
  t.match(page, /In command<\/span><\/a> <span[^>]*>since /)
  t.match(page, /persons are not/)
})

t.test('a role of long ago is recorded late and marked, not refused', async (t) => {
  const site = await openSite(t)
  const code = await site.crisis()
  const old = { kind: 'role_assumed', role: 'legal', occurredAt: inHours(-48) }
  await site.milestone(code, old)
  const again = await site.milestone(code, old)
  const { state } = (await site.get(`/crises/${code}`)).json<{ state: CrisisState }>()
  t.same(state.marks, [{ index: again, rule: 'role_taken' }])
  t.match((await site.post(`/crises/${code}/milestones`, milestoneBody({ kind: 'role_assumed' }))).json(), {
    status: 400,
    code: 'validation_failed',
  })
})

function idOf(key: string): string {
  return parseAdminKey(key)?.id ?? ''
}
