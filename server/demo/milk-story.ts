/**
 * The demo's second story: a crisis of today, of an invented brand. It is written as a person would tell it: days and
 * Beijing times from the first day, batches by their lot, earlier steps by their id. `play-story.ts` turns a step into a
 * request.
 *
 * Words with a sign stand for what is known only when the story is played: `@3 18:00` the instant on day 3, `#signal`
 * the index of the entry that step `signal` made, `&report` the SHA-256 of the file that step `report` uploaded,
 * `%consent` what step `consent` was shown once, `lot:L0611` the selector of a batch.
 */
import { DEFAULT_CLOCKS } from '../../ledger/clock-preset.ts'
import type { Localized } from './record.ts'

/** Day of the story, counted from 0, and Beijing time: `3 18:00`. */
export type StoryTime = string

/** Who does it: a role of the brand's staff, or somebody else with a key. */
export type StoryActor = 'staff' | 'reviewer' | 'auditor'

export type StoryStep = {
  id: string
  at: StoryTime
  as?: StoryActor
  /** Under `/admin/v1`; `{code}` is the crisis. Milestones unless given. */
  path?: string
  /** With milestones: what is said, `occurredAt`, `assertedBy` and `original` filled in unless given. */
  body: Record<string, unknown>
  /** Sends this file as evidence instead of a body. */
  file?: { name: string; text: string; kind: string; issuer?: string; sample?: string }
  /** Seals this text: only its digest is sent, and `%id` stands for what opens it. */
  seals?: Localized
  /** The story goes on only when the service has done what this step asks of it: erasing takes a moment. */
  untilErased?: true
  /** A second person agrees to exactly this request before it is sent. */
  approvedBy?: StoryActor
  /** What the demo says of it. */
  says?: string
}

export type Story = {
  /** How many days before today the story begins. */
  days: number
  brand: { slug: string; name: Localized }
  product: { gtin: string; name: Localized; category: string }
  batches: { lot: string; label: Localized }[]
  /** The brand's clocks, published before the crisis: ledger/README.md, "Clocks". */
  clocks: Record<string, unknown>
  crisis: Record<string, unknown>
  steps: StoryStep[]
}

const zhEn = (zh: string, en: string): Localized => ({ 'zh-CN': zh, en })

export const MILK_STORY: Story = {
  days: 50,
  brand: { slug: 'example-dairy', name: zhEn('示例乳业', 'Example Dairy') },
  product: {
    gtin: '09520123456795',
    name: zhEn('示例鲜牛奶 950ml', 'Example Fresh Milk 950 ml'),
    category: 'food',
  },
  batches: [
    { lot: 'L0609', label: zhEn('瓶口 L0609', 'L0609 on the neck') },
    { lot: 'L0611', label: zhEn('瓶口 L0611', 'L0611 on the neck') },
    { lot: 'L0612', label: zhEn('瓶口 L0612', 'L0612 on the neck') },
  ],
  clocks: {
    severities: {
      ...DEFAULT_CLOCKS,
      S2: {
        acknowledge: { hours: 2 },
        first_statement: { hours: 12 },
        update: { hours: 72 },
        scope: { hours: 48 },
        dossier: { days: 30 },
        seal: { days: 14 },
        lookBacks: [30, 90],
      },
      S3: { ...DEFAULT_CLOCKS.S3, lookBacks: [30] },
    },
  },
  crisis: {
    mode: 'live',
    title: zhEn('部分批次口味异常', 'Taste fault in some batches'),
    original: 'zh-CN',
    type: 'product_quality',
    severity: 'S2',
    safety: true,
    ownerRole: 'head of quality',
    parties: [
      { id: 'brand', kind: 'brand', name: zhEn('示例乳业', 'Example Dairy') },
      { id: 'lab', kind: 'laboratory', name: zhEn('示例检测所', 'Example Testing Institute') },
      { id: 'consumer', kind: 'holder', name: zhEn('一位消费者', 'A consumer') },
    ],
  },
  steps: [
    {
      id: 'signal',
      at: '0 09:20',
      body: {
        kind: 'signal_noted',
        occurredAt: '@0 08:40',
        assertedBy: ['consumer'],
        scope: ['lot:L0611'],
        text: zhEn('三位消费者反映批次 L0611 有酸味。', 'Three consumers report a sour taste in batch L0611.'),
      },
    },
    {
      id: 'acknowledged',
      at: '0 10:05',
      body: {
        kind: 'acknowledged',
        trigger: '#signal',
        text: zhEn('我们看到了反映，正在查批次 L0611。', 'We have seen the reports and are looking into batch L0611.'),
      },
      says: 'acknowledged in time',
    },
    {
      id: 'commander',
      at: '0 10:20',
      path: '/crises/{code}/roles',
      body: { action: 'assume', role: 'commander', occurredAt: '@0 10:15', assertedBy: ['brand'] },
      says: 'somebody is in command: the role is public, the person is not',
    },
    {
      id: 'seal',
      at: '0 10:40',
      path: '/crises/{code}/seals',
      seals: zhEn(
        '班组记录：清洗阀 7 号在 L0611 灌装前报过警。',
        'Shift log: cleaning valve 7 had raised an alarm before L0611 was filled.',
      ),
      body: { of: 'investigation_update' },
      says: 'a finding sealed by its digest',
    },
    {
      id: 'stop',
      at: '0 11:00',
      approvedBy: 'reviewer',
      body: {
        kind: 'safety_instruction',
        advice: { level: 'stop_use', scope: ['lot:L0611'] },
        text: zhEn('批次 L0611 请勿饮用，保留包装。', 'Do not drink batch L0611. Keep the bottle.'),
      },
    },
    {
      id: 'scope1',
      at: '0 11:30',
      body: {
        kind: 'scope_published',
        basis: 'precaution',
        scope: ['lot:L0611'],
        text: zhEn('已知范围：批次 L0611。', 'Known scope: batch L0611.'),
      },
    },
    {
      id: 'holding',
      at: '0 12:30',
      body: {
        kind: 'holding_statement',
        text: zhEn(
          '已停止销售批次 L0611，样品已送检。',
          'Sale of batch L0611 has stopped; samples went to the laboratory.',
        ),
      },
    },
    {
      id: 'next1',
      at: '0 12:40',
      body: {
        kind: 'next_update_set',
        due: { at: '@1 12:00' },
        text: zhEn('明天中午前再说明进展。', 'The next word comes before noon tomorrow.'),
      },
    },
    {
      id: 'refunds',
      at: '0 15:00',
      body: {
        kind: 'commitment_made',
        commitment: {
          id: 'refunds',
          due: { at: '@2 18:00' },
          measure: zhEn('所有门店凭瓶退款，不需要小票。', 'Every shop refunds against the bottle, no receipt needed.'),
        },
        text: zhEn('我们承诺两天内在所有门店开放退款。', 'We promise refunds in every shop within two days.'),
      },
    },
    {
      id: 'results',
      at: '0 15:10',
      body: {
        kind: 'commitment_made',
        commitment: {
          id: 'results',
          due: { at: '@5 18:00' },
          measure: zhEn('公布第三方检测结果全文。', "The laboratory's whole report is published."),
        },
        text: zhEn('我们承诺五天内公布检测结果。', 'We promise to publish the test results within five days.'),
      },
    },
    {
      id: 'update1',
      at: '1 11:10',
      body: {
        kind: 'investigation_update',
        state: 'investigating',
        text: zhEn(
          '生产记录已封存，正在逐段检查灌装线。',
          'Production records are sealed; the filling line is checked section by section.',
        ),
      },
    },
    {
      id: 'next2',
      at: '1 11:15',
      body: {
        kind: 'next_update_set',
        due: { at: '@2 11:00' },
        text: zhEn('明天 11 点前再说明进展。', 'The next word comes before 11:00 tomorrow.'),
      },
    },
    {
      id: 'refund-proof',
      at: '2 16:40',
      body: {},
      file: { name: 'refund-notice.txt', kind: 'notice', text: 'Refunds are open in all shops of Example Dairy.\n' },
    },
    {
      id: 'refunds-kept',
      at: '2 17:00',
      body: {
        kind: 'commitment_fulfilled',
        fulfils: 'refunds',
        evidence: ['&refund-proof'],
        text: zhEn('所有门店已开放退款。', 'Refunds are open in every shop.'),
      },
      says: 'one promise kept, and one update missed',
    },
    {
      id: 'apology',
      at: '3 09:00',
      body: {
        kind: 'apology',
        text: zhEn('昨天的更新没有按时发出，我们致歉。', 'Yesterday’s update did not come in time. We apologise.'),
      },
    },
    {
      id: 'scope2',
      at: '3 10:00',
      body: {
        kind: 'scope_published',
        basis: 'precaution',
        scope: ['lot:L0611', 'lot:L0612'],
        replaces: ['#scope1'],
        text: zhEn(
          '范围扩大：批次 L0612 用了同一条灌装线。',
          'The scope grows: batch L0612 came from the same filling line.',
        ),
      },
      says: 'the scope grows',
    },
    {
      id: 'stop2',
      at: '3 10:10',
      approvedBy: 'reviewer',
      body: {
        kind: 'safety_instruction',
        advice: { level: 'stop_use', scope: ['lot:L0611', 'lot:L0612'] },
        replaces: ['#stop'],
        text: zhEn('批次 L0611、L0612 请勿饮用，保留包装。', 'Do not drink batches L0611 and L0612. Keep the bottle.'),
      },
    },
    {
      id: 'consent',
      at: '4 13:50',
      path: '/crises/{code}/consents',
      body: { purpose: 'public_display', textVersion: '2026-1' },
      says: 'a consent to show what happened to somebody',
    },
    {
      id: 'case',
      at: '4 14:00',
      body: {
        kind: 'case_shared',
        consent: '#consent',
        occurredAt: '@4 13:00',
        assertedBy: ['consumer'],
        text: zhEn(
          '我家孩子喝了半瓶，肚子不舒服了一晚。',
          'My child drank half a bottle and had stomach ache for a night.',
        ),
      },
    },
    {
      id: 'update2',
      at: '4 15:00',
      body: {
        kind: 'investigation_update',
        text: zhEn(
          '检测需要更多时间，我们在等第二轮培养。',
          'The tests need more time; a second culture is under way.',
        ),
      },
    },
    {
      id: 'explained',
      at: '5 19:30',
      body: {
        kind: 'commitment_explained',
        of: 'results',
        text: zhEn(
          '检测结果没有按时拿到：第二轮培养还没有结束。',
          'The results were not there in time: the second culture has not ended yet.',
        ),
      },
      says: 'one promise missed by the system, explained and moved',
    },
    {
      id: 'moved',
      at: '5 19:40',
      body: {
        kind: 'commitment_rescheduled',
        of: 'results',
        due: { at: '@9 18:00' },
        text: zhEn('第二轮培养结束后当天公布。', 'They will be published on the day the second culture ends.'),
      },
    },
    {
      id: 'update3',
      at: '6 18:00',
      body: {
        kind: 'investigation_update',
        text: zhEn('第二轮培养正常进行。', 'The second culture is going as planned.'),
      },
    },
    {
      id: 'next3',
      at: '6 18:10',
      body: {
        kind: 'next_update_set',
        due: { at: '@7 18:00' },
        text: zhEn('明天 18 点前再说明进展。', 'The next word comes before 18:00 tomorrow.'),
      },
    },
    {
      id: 'update4',
      at: '7 17:30',
      body: {
        kind: 'investigation_update',
        text: zhEn('初步结果指向灌装线的清洗环节。', 'First results point to the cleaning of the filling line.'),
      },
    },
    {
      id: 'update5',
      at: '8 16:00',
      body: {
        kind: 'investigation_update',
        text: zhEn('清洗阀逐个拆检，明天公布结果。', 'The cleaning valves are taken apart; results come tomorrow.'),
      },
    },
    {
      id: 'report',
      at: '9 15:00',
      body: {},
      file: {
        name: 'laboratory-report.txt',
        kind: 'laboratory_report',
        issuer: 'Example Testing Institute',
        sample: 'L0611, L0612, L0609',
        text: 'Samples of L0611 and L0612: spoilage bacteria above the limit. Sample of L0609: within the limit.\n',
      },
    },
    {
      id: 'results-late',
      at: '9 15:30',
      body: {
        kind: 'commitment_fulfilled',
        fulfils: 'results',
        evidence: ['&report'],
        text: zhEn('检测结果全文已公布。', 'The whole report is published.'),
      },
    },
    {
      id: 'cause',
      at: '9 16:00',
      body: {
        kind: 'cause_identified',
        evidence: ['&report'],
        text: zhEn(
          '灌装线一个清洗阀没有关紧，清洗水进入了两个批次。',
          'A cleaning valve of the filling line did not close; rinse water reached two batches.',
        ),
      },
    },
    {
      id: 'opened-seal',
      at: '9 16:20',
      path: '/entries/#seal/open',
      body: { disclosure: '%seal' },
      says: 'the seal opened: what was known on day 0',
    },
    {
      id: 'scope3',
      at: '9 17:00',
      body: {
        kind: 'scope_published',
        basis: 'cause',
        scope: ['lot:L0611', 'lot:L0612'],
        replaces: ['#scope2'],
        text: zhEn('原因确认后范围不变：L0611、L0612。', 'With the cause known the scope stays: L0611 and L0612.'),
      },
    },
    {
      id: 'remedy',
      at: '9 17:30',
      body: {
        kind: 'remedy_announced',
        remedy: 'refund',
        state: 'remedying',
        scope: ['lot:L0611', 'lot:L0612'],
        advice: { level: 'return', scope: ['lot:L0611', 'lot:L0612'] },
        text: zhEn('两个批次都可退款或换货，不需要小票。', 'Both batches are refunded or replaced, no receipt needed.'),
      },
    },
    {
      id: 'remedy-open',
      at: '10 09:00',
      body: {
        kind: 'remedy_opened',
        remedy: 'refund',
        scope: ['lot:L0611', 'lot:L0612'],
        text: zhEn('退款和换货已在所有门店开始。', 'Refunds and replacements have begun in every shop.'),
      },
    },
    {
      id: 'withdrawn',
      at: '12 11:00',
      path: '/entries/#consent/withdrawals',
      body: { code: '%consent' },
      untilErased: true,
      says: 'a consent withdrawn: the text is erased, its fingerprint stays',
    },
    {
      id: 'update6',
      at: '12 17:00',
      body: {
        kind: 'investigation_update',
        text: zhEn('退款继续，清洗阀正在更换。', 'Refunds go on; the cleaning valves are being replaced.'),
      },
    },
    {
      id: 'valve-proof',
      at: '14 09:30',
      body: {},
      file: {
        name: 'valve-protocol.txt',
        kind: 'document',
        text: 'All twelve cleaning valves replaced; interlock tested.\n',
      },
    },
    {
      id: 'improvement',
      at: '14 10:00',
      body: {
        kind: 'improvement_shipped',
        evidence: ['&valve-proof'],
        text: zhEn('十二个清洗阀全部更换，加装联锁。', 'All twelve cleaning valves are replaced and interlocked.'),
      },
    },
    {
      id: 'monitoring',
      at: '14 10:30',
      body: {
        kind: 'investigation_update',
        state: 'monitoring',
        text: zhEn('转入观察：每天抽检，直到结案。', 'Now under observation: daily samples until the end.'),
      },
    },
    {
      id: 'closed',
      at: '16 17:00',
      approvedBy: 'reviewer',
      body: {
        kind: 'closed',
        text: zhEn(
          '连续抽检无异常，结案。三十天后回头看。',
          'Daily samples show nothing unusual. Closed; we look back after thirty days.',
        ),
      },
      says: 'closed, with look-backs that nobody can skip',
    },
    {
      id: 'objection',
      at: '18 10:00',
      as: 'auditor',
      path: '/crises/{code}/audit',
      body: {
        kind: 'objection',
        original: 'zh-CN',
        about: ['#closed'],
        text: zhEn(
          '结案时没有说明两个批次共退回多少瓶。',
          'On closing it was not said how many bottles of the two batches came back.',
        ),
      },
      says: 'an auditor objects, and the brand can only answer',
    },
    {
      id: 'answer',
      at: '20 10:00',
      path: '/entries/#objection/answers',
      body: {
        original: 'zh-CN',
        text: zhEn('退回数量将随复盘公布。', 'The number will be published with the review.'),
      },
      says: 'the answer to the objection',
    },
    {
      id: 'dossier',
      at: '40 10:00',
      body: {
        kind: 'review_published',
        text: zhEn('复盘：成因、范围、补救和教训。', 'Review: cause, scope, remedy and what was learned.'),
      },
    },
    {
      id: 'look-back',
      at: '45 10:00',
      body: {
        kind: 'look_back_published',
        lookBack: 30,
        text: zhEn('三十天回头看：没有同类反映。', 'Thirty days on: no report of the same kind.'),
      },
      says: 'a look-back on time',
    },
  ],
}
