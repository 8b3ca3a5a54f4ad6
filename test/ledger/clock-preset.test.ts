/** Presets have one shape, and what is looser than the common limits is found. */
import t from 'tap'
import { DEFAULT_CLOCKS, clocksOf, isClockPreset, looserLimits } from '../../ledger/clock-preset.ts'
import type { SeverityClocks } from '../../ledger/clock-preset.ts'
import type { JsonObject, JsonValue } from '../../ledger/json.ts'

const COMMON = DEFAULT_CLOCKS as unknown as JsonObject

t.test('a preset names every severity, known clocks and whole durations of at most a year (CL1)', async (t) => {
  const preset = DEFAULT_CLOCKS as unknown as JsonObject
  t.ok(isClockPreset(preset))
  t.ok(isClockPreset({ S1: {}, S2: {}, S3: {}, S4: { lookBacks: [] } }))
  const bad: (JsonValue | undefined)[] = [
    undefined,
    { S1: {}, S2: {}, S3: {} },
    { S1: {}, S2: {}, S3: {}, S5: {} },
    ...[
      7,
      { patience: { hours: 1 } },
      { acknowledge: 1 },
      { acknowledge: {} },
      { acknowledge: { hours: 1, days: 1 } },
      { acknowledge: { hours: 0 } },
      { acknowledge: { hours: 1.5 } },
      { acknowledge: { days: 367 } },
      { acknowledge: { weeks: 1 } },
      { lookBacks: 7 },
      { lookBacks: [30, 7] },
      { lookBacks: Array.from({ length: 13 }, (_, n) => n + 1) },
    ].map((S4) => ({ ...preset, S4 })),
  ]
  for (const value of bad) t.notOk(isClockPreset(value), JSON.stringify(value))
})

t.test('clocks are those of a severity, and of nothing else', async (t) => {
  t.equal(clocksOf(DEFAULT_CLOCKS, 'S1'), DEFAULT_CLOCKS.S1)
  t.same(clocksOf(DEFAULT_CLOCKS, 'S9'), {})
})

t.test('the common preset is not looser than itself, and a stricter one is not either', async (t) => {
  for (const severity of ['S1', 'S2', 'S3', 'S4', 'S9']) t.same(looserLimits(severity, COMMON), [], severity)
  const S1 = { ...DEFAULT_CLOCKS.S1, update: { hours: 6 }, dossier: { hours: 720 }, lookBacks: [1, 7, 30, 90, 180] }
  t.same(looserLimits('S1', { ...COMMON, S1: S1 as unknown as JsonValue }), [])
  for (const value of [undefined, {}, 7, { ...COMMON, S1: 3 }]) t.same(looserLimits('S1', value), [])
})

t.test('what is longer, missing, or looks back later or less often is looser', async (t) => {
  const of = (severity: 'S1' | 'S4', change: SeverityClocks): string[] => {
    const own = { ...DEFAULT_CLOCKS[severity], ...change } as Record<string, unknown>
    for (const name of Object.keys(own)) if (own[name] === undefined) delete own[name]
    const found = looserLimits(severity, { ...COMMON, [severity]: own } as JsonObject)
    return found.map(({ clock, limit, common }) => `${clock} ${JSON.stringify(limit)} for ${JSON.stringify(common)}`)
  }
  t.same(of('S1', { acknowledge: { hours: 2 } }), ['acknowledge {"hours":2} for {"hours":1}'])
  t.same(of('S1', { seal: { days: 8 }, scope: { days: 1 } }), ['seal {"days":8} for {"days":7}'])
  t.same(of('S1', { dossier: { workingDays: 30 } }), ['dossier {"workingDays":30} for {"days":30}'])
  t.same(of('S1', { update: undefined } as never), ['update undefined for {"hours":12}'])
  t.same(of('S4', { acknowledge: { workingDays: 4 } }), ['acknowledge {"workingDays":4} for {"workingDays":3}'])
  t.same(of('S4', { acknowledge: { hours: 144 } }), [], 'three working days from a Friday take as long')
  t.same(of('S4', { acknowledge: { hours: 145 } }), ['acknowledge {"hours":145} for {"workingDays":3}'])
  for (const lookBacks of [[7, 30, 90], [7, 30, 90, 181], [8, 30, 90, 180], []]) {
    t.same(of('S1', { lookBacks }), [`lookBacks ${JSON.stringify(lookBacks)} for [7,30,90,180]`])
  }
  t.same(of('S1', { lookBacks: undefined } as never), ['lookBacks [] for [7,30,90,180]'])
})
