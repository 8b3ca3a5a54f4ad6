/**
 * What a batch with points writes besides, in the same statement (S5, S8): one part for each table that has rows, so that
 * a batch of grants sets up no insert for rules. Accounts, tranches and totals are not written: the database books the
 * transfers itself, and refuses the statement when it arrives at other balances than those recorded.
 */
import { hex } from '../../../ledger/bytes.ts'
import type { HolderSecret } from './command.ts'
import { WRITTEN_TABLES, columnOf } from './points-rows.ts'
import type { TableSpec } from './points-rows.ts'
import type { TrackedTables } from './snapshot.ts'

/** A part of the statement: its name, its text for the number of its first parameter, and its parameters. */
export type WritePart = { name: string; text(parameter: number): string; parameters: unknown[] }

/** The parts for the rows that changed; none for a batch without points. */
export function pointsParts(
  rows: TrackedTables,
  fromSize: number,
  holderSecrets: readonly HolderSecret[],
): WritePart[] {
  const parts: WritePart[] = []
  const programmes = rows.programme.changed().filter(({ changedIndex }) => changedIndex >= fromSize)
  if (programmes.length > 0) {
    const written = programmes.map((row) => ({ ...row, state: { ...row.state, totals: undefined } }))
    parts.push({ name: 'programme', text: programmeText, parameters: [JSON.stringify(written)] })
  }
  for (const name of Object.keys(WRITTEN_TABLES) as (keyof typeof WRITTEN_TABLES)[]) {
    const spec = WRITTEN_TABLES[name] as unknown as TableSpec<Record<string, unknown>>
    const changed = rows[name].changed() as unknown as Record<string, unknown>[]
    // What is named by the entry that made it is new when the entry is: no need to look whether it is there.
    const isNew = (row: Record<string, unknown>): boolean =>
      spec.key.includes('entryIndex') && Number(row['entryIndex']) >= fromSize
    parts.push(...rowsPart(name, insertText, spec, changed.filter(isNew)))
    parts.push(
      ...rowsPart(
        `${name} again`,
        upsertText,
        spec,
        changed.filter((row) => !isNew(row)),
      ),
    )
  }
  if (holderSecrets.length > 0) {
    const written = holderSecrets.map(({ viewHash, spendHash, screenKey, contact: _contact, ...row }) => ({
      ...row,
      viewHash: hex(viewHash),
      spendHash: hex(spendHash),
      screenKey: hex(screenKey),
    }))
    parts.push({ name: 'secret', text: secretText, parameters: [JSON.stringify(written)] })
  }
  const contacts = holderSecrets.filter(({ contact }) => contact !== null)
  if (contacts.length > 0) {
    const written = contacts.map(({ holder, contact }) => ({ holder, contact }))
    parts.push({ name: 'contact', text: contactText, parameters: [JSON.stringify(written)] })
  }
  return parts
}

function programmeText(parameter: number): string {
  return `
    new_programme AS (
      INSERT INTO programme (id, brand, entry_index, changed_index, state)
      SELECT * FROM json_to_recordset($${parameter}::json)
        AS _ (id text, brand text, "entryIndex" bigint, "changedIndex" bigint, state json)
      ON CONFLICT (id) DO UPDATE SET changed_index = excluded.changed_index, state = excluded.state)`
}

function secretText(parameter: number): string {
  return `
    new_holder_secret AS (
      INSERT INTO holder_secret (holder, view_hash, spend_hash, commitment, screen_key, staff_key)
      SELECT holder, decode("viewHash", 'hex'), decode("spendHash", 'hex'), commitment, decode("screenKey", 'hex'),
        "staffKey"
      FROM json_to_recordset($${parameter}::json) AS _ (holder text, "viewHash" text, "spendHash" text,
        commitment text, "screenKey" text, "staffKey" text))`
}

function contactText(parameter: number): string {
  return `
    new_holder_contact AS (
      INSERT INTO holder_contact (holder, contact)
      SELECT * FROM json_to_recordset($${parameter}::json) AS _ (holder text, contact text))`
}

type Spec = TableSpec<Record<string, unknown>>

function rowsPart(
  name: string,
  text: (spec: Spec, parameter: number) => string,
  spec: Spec,
  rows: readonly Record<string, unknown>[],
): WritePart[] {
  if (rows.length === 0) return []
  return [{ name, text: (parameter) => text(spec, parameter), parameters: [JSON.stringify(rows)] }]
}

function insertText({ table, columns }: Spec, parameter: number): string {
  return `
    new_${table} AS (${insertion(table, columns, parameter)})`
}

function upsertText({ table, columns, key, updates = [] }: Spec, parameter: number): string {
  const sets = updates.map((member) => `${columnOf(member)} = excluded.${columnOf(member)}`).join(', ')
  const conflict = updates.length === 0 ? '' : ` ON CONFLICT (${key.map(columnOf).join(', ')}) DO UPDATE SET ${sets}`
  return `
    known_${table} AS (${insertion(table, columns, parameter)}${conflict})`
}

function insertion(table: string, columns: Spec['columns'], parameter: number): string {
  const members = Object.entries(columns)
  const names = members.map(([member]) => columnOf(member)).join(', ')
  const types = members.map(([member, type]) => `"${member}" ${type}`).join(', ')
  return `
      INSERT INTO ${table} (${names}) SELECT * FROM json_to_recordset($${parameter}::json) AS _ (${types})`
}
