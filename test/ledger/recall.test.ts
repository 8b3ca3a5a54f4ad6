/** Recalls in numbers: plan and progress, each number with its own base (RC1). */
import t from 'tap'
import {
  foldRecalls,
  isCompleted,
  isRecallPlan,
  isRecallProgress,
  isSilentProgress,
  plannedFor,
  rateOf,
} from '../../ledger/recall.ts'
import type { RecallPlan, RecallProgress, RecallState } from '../../ledger/recall.ts'

const plan: RecallPlan = {
  planned: 1000,
  unit: 'bottles',
  levels: [{ level: 'retail', planned: 400 }, { level: 'consumer' }],
}
const progress: RecallProgress = { measure: 'recalled', count: 100, asOf: '2026-06-14', base: 5 }

t.test('plans and progress have one shape', async (t) => {
  for (const [value, holds] of [
    [plan, true],
    [{ ...plan, levels: [] }, true],
    [3, false],
    [{ ...plan, planned: -1 }, false],
    [{ ...plan, unit: 1 }, false],
    [{ ...plan, levels: 'all' }, false],
    [{ ...plan, levels: [1] }, false],
    [{ ...plan, levels: [{ level: 'home' }] }, false],
    [{ ...plan, levels: [{ level: 'retail', planned: 'x' }] }, false],
  ] as const)
    t.equal(isRecallPlan(value as never), holds, JSON.stringify(value))
  for (const [value, holds] of [
    [progress, true],
    [{ ...progress, level: 'retail', base: 'this', revises: 1 }, true],
    [null, false],
    [{ ...progress, measure: 'liked' }, false],
    [{ ...progress, asOf: 1 }, false],
    [{ ...progress, count: -1 }, false],
    [{ ...progress, level: 'home' }, false],
    [{ ...progress, base: 'that' }, false],
    [{ ...progress, revises: 'x' }, false],
  ] as const)
    t.equal(isRecallProgress(value as never), holds, JSON.stringify(value))
})

const fold = (steps: readonly [string, Record<string, unknown>, number][]): readonly RecallState[] =>
  steps.reduce<readonly RecallState[]>(
    (recalls, [kind, more, index]) => foldRecalls(recalls, { kind, recall: 'cn', ...more }, index),
    [],
  )

t.test('a recall goes its way, and an expansion opens it again', async (t) => {
  const [first] = fold([
    ['recall_initiated', { recallPlan: plan }, 5],
    ['recall_completed', {}, 7],
  ])
  t.match(first, { id: 'cn', initiated: 5, completed: 7, plan: { planned: 1000, index: 5 } })
  t.equal(isCompleted(first!), true)
  const [again] = fold([
    ['recall_completed', {}, 7],
    ['recall_expanded', { recallPlan: { ...plan, planned: 2000 } }, 9],
  ])
  t.equal(isCompleted(again!), false)
  t.equal(isCompleted({ id: 'x' }), false)
})

t.test('what speaks of no recall changes nothing', async (t) => {
  const recalls = fold([['recall_initiated', {}, 5]])
  t.equal(foldRecalls(recalls, { kind: 'statement', recall: 'cn' }, 6), recalls)
  t.equal(foldRecalls(recalls, { kind: 'recall_initiated' }, 6), recalls)
  t.equal(foldRecalls(recalls, { kind: 'recall_progress', recall: 'cn' }, 6), recalls)
  const both = foldRecalls(recalls, { kind: 'recall_initiated', recall: 'us' }, 6)
  t.match(foldRecalls(both, { kind: 'recall_completed', recall: 'us' }, 7), [{ initiated: 5 }, { completed: 7 }])
})

t.test('RC1: every number keeps its own base, and a rate is told only against that plan and level', async (t) => {
  const [recall] = fold([
    ['recall_initiated', { recallPlan: plan, recallProgress: [{ ...progress, measure: 'notified', base: 'this' }] }, 5],
    ['recall_expanded', { recallPlan: { ...plan, planned: 4000 } }, 6],
    ['recall_progress', { recallProgress: [progress, { ...progress, level: 'retail', count: 200 }] }, 8],
    [
      'recall_progress',
      {
        recallProgress: [
          { ...progress, level: 'consumer' },
          { ...progress, count: 300 },
        ],
      },
      9,
    ],
    ['recall_progress', { recallProgress: [{ ...progress, measure: 'disposed', base: 99 }] }, 10],
  ])
  const told = recall!.progress!.map((item) => [item.measure, item.level, item.base, rateOf(recall!, item)])
  t.same(told, [
    ['notified', undefined, 5, 100],
    ['recalled', 'retail', 5, 500],
    ['recalled', 'consumer', 5, undefined],
    ['recalled', undefined, 5, 300],
    ['disposed', undefined, 99, undefined],
  ])
  t.equal(plannedFor({ id: 'x' }, recall!.progress![0]!), undefined)
})

t.test('RC1: a number that falls or changes its base says what it revises', async (t) => {
  const [recall] = fold([['recall_progress', { recallProgress: [progress] }, 8]])
  t.equal(isSilentProgress(undefined, progress, 9), false)
  t.equal(isSilentProgress(recall, progress, 9), false)
  t.equal(isSilentProgress(recall, { ...progress, level: 'retail', count: 1 }, 9), false)
  t.equal(isSilentProgress(recall, { ...progress, count: 99 }, 9), true)
  t.equal(isSilentProgress(recall, { ...progress, base: 'this' }, 9), true)
  t.equal(isSilentProgress(recall, { ...progress, base: 'this' }, 5), false)
  t.equal(isSilentProgress(recall, { ...progress, count: 99, revises: 8 }, 9), false)
})
