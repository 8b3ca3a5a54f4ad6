/** Remedies, recalls and narrowed scopes on the page: counts beside each other, each with its base, in both languages. */
import t from 'tap'
import type { JsonObject } from '../../../ledger/json.ts'
import { recordEn } from '../../../views/messages/record-en.ts'
import { recordZhCN } from '../../../views/messages/record-zh-cn.ts'
import { pageView } from '../../../views/model/page.ts'
import { readRecord } from '../../../views/model/record.ts'
import type { TimelineView } from '../../../views/model/timeline-view.ts'
import type { AnswerView } from '../../../views/model/answer-view.ts'
import { LIVE_START, tellLive } from './live-log.ts'
import type { Told } from './sample-log.ts'
import { valueAt } from '../../../views/script/value-at.ts'
import { getPage, sampleSite, shownParts } from './site.ts'

const NOW = LIVE_START + 3_600_000
const asking = (told: Told, words: typeof recordZhCN) => ({
  lang: words.lang,
  now: NOW,
  demo: false,
  publicUrl: '',
  streams: [told.stream],
})

function timeline(told: Told, words = recordZhCN): TimelineView {
  const record = readRecord(told.log.bundle(told.stream))
  return pageView({ kind: 'timeline', ...asking(told, words) }, [record], words) as TimelineView
}

/** The live story with a remedy for one batch, its counts, a recall with its plan, and a scope that covers less. */
function tellRelief(): Told & { say(data: JsonObject, text?: string): number } {
  const told = tellLive()
  const lot = (name: string) => ({ by: 'batch', gtin: told.gtin, lot: name })
  const say = (data: JsonObject, text = '文字'): number =>
    told.log.append(
      told.stream,
      'milestone.recorded',
      { occurredAt: '2026-06-10T02:30Z', assertedBy: ['brand'], original: 'zh-CN', ...data },
      { brand: told.brand, actor: { kind: 'staff', id: 'k_1' }, redactable: { '/text/zh-CN': text } },
    )
  const scope = say({ kind: 'scope_published', scope: [lot('L0611'), lot('L0612')], basis: 'cause' })
  const offer = { remedy: 'r1', scope: [lot('L0611')], partialReason: 'in_stages', until: { date: '2026-12-31' } }
  say({ kind: 'remedy_announced', ...offer }, '任意门店退款。')
  say({ kind: 'remedy_opened', remedy: 'r1' })
  const count = { remedy: 'r1', asOf: '2026-06-10', base: scope }
  const deliveries = [
    { ...count, cohort: 'vocal', eligible: 40, delivered: 39 },
    { ...count, cohort: 'silent', eligible: 3000, delivered: 120 },
  ]
  say({ kind: 'remedy_progress', deliveries })
  const levels = [{ level: 'retail', planned: 400 }, { level: 'consumer' }]
  const recallPlan = { planned: 1000, unit: 'bottles', class: 'class_2', levels }
  const begun = say({ kind: 'recall_initiated', recall: 'cn', recallPlan, regulatorRef: 'SAMR-1' })
  const progress = { asOf: '2026-06-10', base: begun }
  const recallProgress = [
    { ...progress, measure: 'notified_directly', level: 'retail', count: 400 },
    { ...progress, measure: 'corrected', level: 'retail', count: 133 },
    { ...progress, measure: 'recalled', count: 700 },
  ]
  say({ kind: 'recall_progress', recall: 'cn', recallProgress })
  say({ kind: 'scope_published', scope: [lot('L0611')], basis: 'cause', narrowingReason: 'ruled_out_by_test' })
  return { ...told, say }
}

t.test('R3: each cohort has a line of its own, and nothing is added up', async (t) => {
  const { relief } = timeline(tellRelief())
  t.match(relief?.remedies, [{ state: '可以办理', text: '任意门店退款。', tone: 'opened' }])
  t.same(relief?.remedies[0]?.lines, [
    '办理到 2026-12-31',
    '不是所有受影响的人都能办：分批办理',
    '反映过的人：39 / 40（97.5%），2026-06-10',
    '没有反映的人：120 / 3000（4.0%），2026-06-10',
  ])
  t.equal(relief?.note, '各口径的数字不相加。')
  const told = tellRelief()
  told.say({ kind: 'remedy_closed', remedy: 'r1', closingReason: 'supply_exhausted' })
  const closed = timeline(told, recordEn)
  t.equal(closed.relief?.remedies[0]?.state, 'closed')
  t.ok(closed.relief?.remedies[0]?.lines.includes('Closed: supplies ran out'))
  t.equal(
    closed.advice?.full.some(({ kind }) => /Remedy/.test(kind)),
    false,
    'what is closed is offered no more',
  )
})

t.test(
  'RC1: a recall shows its plan, and who was told directly beside what was put right, level by level',
  async (t) => {
    const { relief } = timeline(tellRelief(), recordEn)
    const [recall] = relief?.recalls ?? []
    t.equal(recall?.title, 'Recall cn: under way')
    t.same(recall?.lines, [
      'reference of the regulator SAMR-1',
      'Planned: 1,000 bottles, class II recall: retail 400, consumer',
    ])
    t.same(recall?.levels, [
      { level: 'retail', direct: '400 of 400 (100.0 %)', corrected: '133 of 400 (33.2 %)' },
      { level: 'consumer', direct: 'not published', corrected: 'not published' },
      { level: 'In all (as its source says)', direct: 'not published', corrected: 'not published' },
    ])
    t.equal(recall?.numbers[2], 'recalled: 700 of 1,000 (70.0 %), 10 Jun 2026, against the plan of entry 9')
  },
)

t.test('R2: a scope that covers less says why, on its entry and at the top', async (t) => {
  const told = tellRelief()
  const view = timeline(told)
  t.equal(view.entries[0]?.facts.includes('比之前覆盖得少。原因：检测排除'), true)
  t.ok(view.marks.some(({ text }) => text === '范围缩小过 1 次'))
  const answer = (lot: string | undefined, asOf?: string): AnswerView => {
    const records = [readRecord(told.log.bundle(`brand:${told.brand}`)), readRecord(told.log.bundle(told.stream))]
    return pageView(
      {
        kind: 'answer',
        gtin: told.gtin,
        ...(lot === undefined ? {} : { lot }),
        ...(asOf === undefined ? {} : { asOf }),
        ...asking(told, recordEn),
      },
      records,
      recordEn,
    ) as AnswerView
  }
  t.match(answer('L0612'), { tone: 'not_in_published_scope', lead: 'Not in the published scope' })
  const before = told.log.items.length - 1
  const then = answer('L0612', String(before))
  t.match(then, { tone: 'check', asOf: `The answer as of No. ${before} in the log, not the answer now.` })
  t.same(
    then.history.filter(({ ended }) => ended),
    [],
    'what ended later had not ended then',
  )
  t.ok(answer('L0612').history.some(({ ended }) => ended))
  t.match(answer('L0612', '2026-06-10'), { tone: 'not_in_published_scope' })
  t.match(answer('L0611'), { tone: 'stop_use' })
  const earlier = told.log.items.length - 1
  t.ok(answer(undefined).batches.length > 0)
  t.same(answer(undefined, String(earlier)).batches, [], 'a list of what is so now is no answer for then')
})

t.test('what is out of order in a late entry is said in words', async (t) => {
  const told = tellLive()
  const scope = [{ by: 'all', gtin: told.gtin }]
  const say = (data: JsonObject): void => {
    const whole = { occurredAt: '2026-06-01', zone: '+08:00', assertedBy: ['brand'], original: 'zh-CN', ...data }
    told.log.append(told.stream, 'milestone.recorded', whole, {
      brand: told.brand,
      actor: { kind: 'staff', id: 'k_1' },
    })
  }
  say({ kind: 'scope_published', scope, basis: 'cause' })
  say({ kind: 'remedy_opened', remedy: 'r9', scope: [{ by: 'batch', gtin: told.gtin, lot: 'L0611' }] })
  t.same(timeline(told).entries[0]?.marks, ['补救没有覆盖范围内的所有人，没有说明原因。', '在此之前没有公布这项补救。'])
})

t.test('W3: disputes and confirmations stand beside the promise', async (t) => {
  const told = tellRelief()
  told.say({ kind: 'dispute', of: 'c1', about: [told.entries.get('promise')!] })
  t.match(timeline(told).promises?.items[0]?.text, /（2026-06-20 前） · 1 次异议$/)
  t.match(timeline(told, recordEn).promises?.items[0]?.text, / · disputed 1×$/)
})

t.test('the page shows all of it without a script', async (t) => {
  const app = await sampleSite(tellRelief())
  for (const [lang, words] of [
    ['zh-CN', ['补救与召回的进展', '没有反映的人：120 / 3000（4.0%）', '<th scope="row"']],
    ['en', ['Progress of remedies and recalls', 'Those who did not: 120 of 3,000 (4.0 %)', '33.2 %']],
  ] as const) {
    const { html } = await getPage(app, `/c/CR-LIVE2345?lang=${lang}`)
    for (const word of words) t.ok(html.includes(word), `${lang}: ${word}`)
  }
})

t.test('every part of remedies and recalls is shown where the check of the page looks for it', async (t) => {
  const told = tellRelief()
  const view = timeline(told)
  const { html } = await getPage(await sampleSite(told), '/c/CR-LIVE2345')
  const parts = shownParts(html).filter(({ pointer }) => pointer.startsWith('/relief/'))
  for (const { pointer, text } of parts) t.equal(text, valueAt(view, pointer), pointer)
  const [remedy, recall] = [view.relief!.remedies[0]!, view.relief!.recalls[0]!]
  const cells = recall.levels.length * 3
  t.equal(parts.length, 3 + remedy.lines.length + 1 + recall.lines.length + recall.numbers.length + cells)
})
