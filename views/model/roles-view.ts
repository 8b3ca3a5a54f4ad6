/** Who leads, speaks, writes down: the roles of a crisis with their times. A role is public; the person is not shown. */
import type { RoleTenure } from '../../ledger/role.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'
import { fill, formatOccurred, wordFor } from './format.ts'
import { plain } from './plain.ts'
import type { CrisisRecord } from './record.ts'

export type RoleLine = { role: string; text: string; href: string }

/** Those who hold a role now come first, each in the order in which they assumed it; none while nobody did. */
export function rolesView(crisis: CrisisRecord, words: RecordWords): RoleLine[] {
  const { roles = [] } = crisis.state
  const held = roles.filter(({ renounced }) => renounced === undefined)
  const given = roles.filter(({ renounced }) => renounced !== undefined)
  return [...held, ...given].map((tenure) => roleLine(crisis, tenure, words))
}

function roleLine({ entries }: CrisisRecord, { role, assumed, renounced }: RoleTenure, words: RecordWords): RoleLine {
  const when = (index: number): string =>
    formatOccurred(plain(entries.find((entry) => entry.index === index)?.data['occurredAt']), words)
  const from = when(assumed)
  return {
    role: wordFor(words.roles, role),
    text:
      renounced === undefined ? fill(words.roleSince, { from }) : fill(words.roleUntil, { from, to: when(renounced) }),
    href: `/e/${renounced ?? assumed}`,
  }
}
