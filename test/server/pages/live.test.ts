/** A live crisis on its page: days, the promised next update, promises kept and missed, a batch to look up. */
import t from 'tap'
import { recordEn } from '../../../views/messages/record-en.ts'
import { recordZhCN } from '../../../views/messages/record-zh-cn.ts'
import { pageView } from '../../../views/model/page.ts'
import { readRecord } from '../../../views/model/record.ts'
import type { TimelineView } from '../../../views/model/timeline-view.ts'
import { SampleLog } from './sample-log.ts'

const HOUR = 3_600_000
const STREAM = 'crisis:CR-LIVE2345'
const GTIN = '06901234567892'
const START = Date.parse('2026-06-10T02:00:00.000Z')
const BY = { brand: 'example-dairy', actor: { kind: 'staff', id: 'k_1' } }

function tellLive(): SampleLog {
  const log = new SampleLog({ startMs: START })
  log.append(
    STREAM,
    'crisis.opened',
    {
      code: 'CR-LIVE2345',
      mode: 'live',
      brandName: { 'zh-CN': '示例乳业', en: 'Example Dairy' },
      title: { 'zh-CN': '部分批次口味异常', en: 'Taste fault in some batches' },
      original: 'zh-CN',
      type: 'product_quality',
      severity: 'S2',
      safety: true,
      products: [
        {
          gtin: GTIN,
          name: { 'zh-CN': '示例鲜牛奶 950ml', en: 'Example milk 950 ml' },
          batches: [{ lot: 'L0611' }, { lot: 'L0612' }],
        },
      ],
      parties: [{ id: 'brand', kind: 'brand', name: { 'zh-CN': '示例乳业', en: 'Example Dairy' } }],
    },
    BY,
  )
  const common = { occurredAt: '2026-06-10T01:30Z', assertedBy: ['brand'], original: 'zh-CN' }
  const scope = [{ by: 'batch', gtin: GTIN, lot: 'L0611' }]
  log.append(
    STREAM,
    'milestone.recorded',
    { ...common, kind: 'safety_instruction', scope, advice: { level: 'stop_use', scope } },
    { ...BY, redactable: { '/text/zh-CN': '批次 L0611 请勿饮用，保留包装。' } },
  )
  log.append(
    STREAM,
    'milestone.recorded',
    { ...common, kind: 'commitment_made', commitment: { id: 'c1', due: { date: '2026-06-20' } } },
    { ...BY, redactable: { '/commitment/measure/zh-CN': '公布检测结果', '/text/zh-CN': '将公布检测结果。' } },
  )
  log.append(
    STREAM,
    'milestone.recorded',
    { ...common, kind: 'next_update_set', due: { at: '2026-06-15T10:00:00.000Z' } },
    BY,
  )
  return log
}

function timeline(log: SampleLog, now: number, words = recordZhCN): TimelineView {
  const record = readRecord(log.bundle(STREAM))
  const request = { kind: 'timeline' as const, lang: words.lang, now, demo: false, publicUrl: '', streams: [STREAM] }
  return pageView(request, [record], words) as TimelineView
}

t.test('a live crisis counts its days and names the next update', async (t) => {
  const view = timeline(tellLive(), START + 5 * 24 * HOUR + HOUR)
  t.equal(view.state, '发现苗头 · 第 6 天')
  t.equal(view.ribbon, undefined)
  t.same(view.next, { text: '下次更新：2026-06-15 18:00 前（品牌承诺）', overdue: false })
  t.equal(view.promises?.summary, '承诺 1 项：未到期 1')
  t.equal(view.promises?.items[0]?.text, '公布检测结果（2026-06-20 前）')
  t.equal(view.advice?.heading, '产品安全提示')
  t.equal(view.advice?.instructions[0]?.text, '批次 L0611 请勿饮用，保留包装。')
  t.equal(view.mine?.text, '2 个批次中，1 个有停用要求。')
  t.equal(view.mine?.form, true)
  t.equal(view.documentTitle, '示例鲜牛奶 950ml：部分批次口味异常 · 请停止使用')
})

t.test('an update that did not come is said, and that the system has recorded it', async (t) => {
  const log = tellLive()
  const now = Date.parse('2026-06-15T17:00:00.000Z')
  t.same(timeline(log, now).next, {
    text: '该更新了：品牌承诺 2026-06-15 18:00 前更新，已过 7 小时。',
    overdue: true,
  })
  log.wait(Date.parse('2026-06-15T10:00:05.000Z') - START)
  log.append(
    STREAM,
    'milestone.recorded',
    {
      kind: 'next_update_missed',
      occurredAt: '2026-06-15T10:00:00.000Z',
      assertedBy: ['system'],
      promise: 'next_update_4',
      due: { at: '2026-06-15T10:00:00.000Z' },
      madeBy: 4,
    },
    { brand: 'example-dairy', actor: { kind: 'system' } },
  )
  const view = timeline(log, now)
  t.match(view.next?.text, /已过 7 小时。系统已登记逾期。$/)
  t.equal(view.entries[0]?.kind, '更新逾期')
  t.equal(view.entries[0]?.says, '系统写入')
  const english = timeline(log, now, recordEn)
  t.match(
    english.next?.text,
    /^Overdue: the brand promised an update by 15 Jun 2026, 18:00, 7 hours ago\. The system has/,
  )
  t.ok(
    english.entries.some(({ textLabel }) => textLabel === 'Only in Chinese.'),
    'one language only is said',
  )
})
