/**
 * The calendar of working days that this program knows: mainland China, from the yearly notices of the State Council.
 * A new notice is a new version of the file; due times that were computed with an older one stand as they are, because
 * entries carry them (ledger/README.md, part 23).
 */
import type { JsonValue } from '../../../ledger/json.ts'
import { isWorkCalendar } from '../../../ledger/working-days.ts'
import type { WorkCalendar } from '../../../ledger/working-days.ts'
import data from './working-days-cn.json' with { type: 'json' }

/** @throws Error when the file is not a calendar: nothing is timed by a guess */
function readCalendar(value: JsonValue): WorkCalendar {
  if (!isWorkCalendar(value)) throw new Error('CL3: working-days-cn.json is no calendar')
  const { name, version, zone, years, holidays, workdays } = value as unknown as WorkCalendar
  return { name, version, zone, years, holidays, workdays }
}

/** The calendar by which the service counts working days. */
export const WORK_CALENDAR: WorkCalendar = readCalendar(data)
