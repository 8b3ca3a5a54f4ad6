/**
 * Roles in a crisis: who leads, who speaks, who writes down, who looks after quality and law. The role is public, the
 * person is not: an entry names the key that assumed the role, and a key is nobody's name. Specification: README.md,
 * part 19 (RO1, RO2).
 */
import type { Milestone } from './milestone.ts'

export const CRISIS_ROLES = ['commander', 'liaison', 'scribe', 'quality', 'legal'] as const
export type CrisisRole = (typeof CRISIS_ROLES)[number]

/** A role in one pair of hands: by the indexes of the entries that say so. */
export type RoleTenure = {
  readonly role: string
  readonly assumed: number
  /** The id of the key that assumed it; a key that acts for the system has none. */
  readonly key?: string
  /** The entry that gave it back, or that another one took it with. */
  readonly renounced?: number
}

export type RoleRule = 'role_taken' | 'role_not_held'

/** The rules of roles that a milestone breaks: RO1 nobody assumes what another holds, RO2 nobody renounces what none holds. */
export function brokenRoleRules(tenures: readonly RoleTenure[] | undefined, milestone: Milestone): RoleRule[] {
  const { kind, role = '' } = milestone
  const isHeld = holderOf(tenures, role) !== undefined
  if (kind === 'role_assumed' && isHeld) return ['role_taken']
  if (kind === 'role_renounced' && !isHeld) return ['role_not_held']
  return []
}

/**
 * The tenures after a milestone; the same list when it is not about a role. A role that is taken from somebody ends
 * there: two never hold it at once, whatever the record says.
 */
export function foldRoles(
  tenures: readonly RoleTenure[] | undefined,
  { kind, role }: Milestone,
  key: string | undefined,
  index: number,
): readonly RoleTenure[] | undefined {
  if (role === undefined || (kind !== 'role_assumed' && kind !== 'role_renounced')) return tenures
  const held = holderOf(tenures, role)
  const ended = (tenures ?? []).map((tenure) => (tenure === held ? { ...tenure, renounced: index } : tenure))
  if (kind === 'role_renounced') return held === undefined ? tenures : ended
  return [...ended, { role, assumed: index, ...(key === undefined ? {} : { key }) }]
}

/** Who holds a role now. */
export function holderOf(tenures: readonly RoleTenure[] | undefined, role: string): RoleTenure | undefined {
  return tenures?.find((tenure) => tenure.role === role && tenure.renounced === undefined)
}
