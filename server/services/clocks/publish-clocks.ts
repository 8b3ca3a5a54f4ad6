/**
 * Publishing the clocks of a brand: an entry of its stream with the whole preset and the calendar, so that anybody can
 * compute the due times again. A new version counts for crises that are opened after it (CL1).
 */
import type { JsonObject, JsonValue } from '../../../ledger/json.ts'
import { isClockPreset } from '../../../ledger/clock-preset.ts'
import type { Database } from '../../db/database.ts'
import { AppError } from '../../errors.ts'
import { actorOf, answerWith, commandOf, mustHaveBrand } from '../keys/key-commands.ts'
import type { Request } from '../keys/key-commands.ts'
import type { Command } from '../log/command.ts'
import { clocksOfBrand } from './clock-terms.ts'
import type { PublishedClocks } from './clock-terms.ts'
import { workCalendar } from './work-calendar.ts'

/**
 * A command that publishes a brand's clocks.
 *
 * @param severities the clocks of S1 to S4 (`ClockPreset` of ledger/clocks.ts)
 */
export function publishClocks(request: Request, slug: string, severities: JsonValue): Command {
  return commandOf(request, {
    needs: { brands: [slug] },
    judge(snapshot) {
      mustHaveBrand(snapshot, slug)
      if (!isClockPreset(severities)) {
        throw new AppError(
          'clocks_malformed',
          'Clocks name S1 to S4, each with whole hours, days or workingDays up to a year; lookBacks are days, ascending.',
        )
      }
      const version = (snapshot.brand(slug)?.clocksVersion ?? 0) + 1
      const data: JsonObject = { version, severities, calendar: calendarData() }
      return [{ type: 'clocks.published', stream: `brand:${slug}`, brand: slug, actor: actorOf(request.admin), data }]
    },
    answer: answerWith(0),
  })
}

/** The clocks that a brand's next live crisis will run under, with the calendar; undefined when there is no such brand. */
export async function findClocks(
  { kysely }: Database,
  slug: string,
): Promise<(PublishedClocks & { calendar: JsonObject }) | undefined> {
  const row = await kysely.selectFrom('brand').selectAll().where('slug', '=', slug).executeTakeFirst()
  if (row === undefined) return undefined
  const { clocks_version: clocksVersion, clocks_index: clocksIndex, clocks } = row
  const brand = { clocksVersion, clocksIndex, clocks: clocks as JsonObject | null }
  return { ...clocksOfBrand(brand), calendar: calendarData() }
}

function calendarData(): JsonObject {
  return { ...workCalendar() } as unknown as JsonObject
}
