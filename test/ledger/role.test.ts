/** Roles of a crisis (RO1, RO2): one holder at a time, whatever the record says. */
import fc from 'fast-check'
import t from 'tap'
import { foldCrisis } from '../../ledger/crisis.ts'
import type { CrisisState } from '../../ledger/crisis.ts'
import type { Milestone } from '../../ledger/milestone.ts'
import { CRISIS_ROLES, brokenRoleRules, foldRoles, holderOf } from '../../ledger/role.ts'
import type { RoleTenure } from '../../ledger/role.ts'
import { CrisisStream } from './crisis-stream.ts'

const milestone = (kind: string, role?: string): Milestone =>
  ({
    kind,
    occurredAt: '2026-06-14T08:00Z',
    assertedBy: ['brand'],
    ...(role === undefined ? {} : { role }),
  }) as Milestone

t.test('a role is assumed, given back and assumed by another key', async (t) => {
  const first = foldRoles(undefined, milestone('role_assumed', 'commander'), 'k_1', 10)
  t.same(first, [{ role: 'commander', assumed: 10, key: 'k_1' }])
  t.same(holderOf(first, 'commander'), { role: 'commander', assumed: 10, key: 'k_1' })
  t.equal(holderOf(first, 'scribe'), undefined)
  const given = foldRoles(first, milestone('role_renounced', 'commander'), 'k_1', 13)
  t.same(given, [{ role: 'commander', assumed: 10, key: 'k_1', renounced: 13 }])
  const next = foldRoles(given, milestone('role_assumed', 'commander'), undefined, 16)
  t.same(next, [
    { role: 'commander', assumed: 10, key: 'k_1', renounced: 13 },
    { role: 'commander', assumed: 16 },
  ])
})

t.test('RO1: a role that another holds is not assumed; RO2: a role that nobody holds is not renounced', async (t) => {
  const held = foldRoles(undefined, milestone('role_assumed', 'commander'), 'k_1', 10)
  t.same(brokenRoleRules(held, milestone('role_assumed', 'commander')), ['role_taken'])
  t.same(brokenRoleRules(held, milestone('role_assumed', 'scribe')), [])
  t.same(brokenRoleRules(held, milestone('role_renounced', 'commander')), [])
  t.same(brokenRoleRules(held, milestone('role_renounced', 'scribe')), ['role_not_held'])
  t.same(brokenRoleRules(undefined, milestone('role_renounced', 'scribe')), ['role_not_held'])
  t.same(brokenRoleRules(held, milestone('statement')), [])
})

t.test('what is not about a role, and a renunciation of nothing, leave the list as it is', async (t) => {
  const held = foldRoles(undefined, milestone('role_assumed', 'legal'), 'k_1', 10)
  t.equal(foldRoles(held, milestone('statement'), 'k_1', 13), held)
  t.equal(foldRoles(held, milestone('statement', 'legal'), 'k_1', 13), held)
  t.equal(foldRoles(held, milestone('role_renounced', 'scribe'), 'k_1', 13), held)
  t.equal(foldRoles(undefined, milestone('role_renounced', 'scribe'), 'k_1', 13), undefined)
})

t.test('RO1: after any story of assuming and renouncing no role has two holders', async (t) => {
  const step = fc.record({
    kind: fc.constantFrom('role_assumed', 'role_renounced', 'statement'),
    role: fc.constantFrom(...CRISIS_ROLES),
    key: fc.constantFrom('k_1', 'k_2'),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let tenures: readonly RoleTenure[] | undefined
      steps.forEach(({ kind, role, key }, index) => {
        tenures = foldRoles(tenures, milestone(kind, role), key, index)
      })
      return CRISIS_ROLES.every(
        (role) => (tenures ?? []).filter((held) => held.role === role && held.renounced === undefined).length <= 1,
      )
    }),
  )
  t.pass()
})

t.test('a crisis keeps its roles in its state, and marks who takes what another holds', async (t) => {
  const stream = new CrisisStream()
  const assumed = stream.milestone({ kind: 'role_assumed', role: 'commander' })
  const taken = stream.milestone({ kind: 'role_assumed', role: 'commander' })
  stream.milestone({ kind: 'role_assumed', role: 'jester' })
  let state: CrisisState | undefined
  for (const { entry, index } of stream.entries) state = foldCrisis(state, entry, index)
  t.same(state?.roles, [
    { role: 'commander', assumed, key: 'k_1', renounced: taken },
    { role: 'commander', assumed: taken, key: 'k_1' },
  ])
  t.same(state?.marks, [{ index: taken, rule: 'role_taken' }])
  t.notOk('roles' in foldCrisis(undefined, new CrisisStream().entries[0]!.entry, 10), 'absent while there is none')
})
