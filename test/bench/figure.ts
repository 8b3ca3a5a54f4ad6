/** What every bench gives: one figure, a ratio or a count of one run, with its goal beside it. */
import { arch, cpus, platform, totalmem } from 'node:os'

export type Figure = {
  id: string
  value: number
  unit: string
  goal: number
  better: 'higher' | 'lower'
  detail: string
}

/** Whether a figure reaches its goal. */
export const isReached = ({ value, goal, better }: Figure): boolean =>
  better === 'higher' ? value >= goal : value <= goal

/** The middle value; of an even number of them, the lower of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted[Math.floor((sorted.length - 1) / 2)]
  if (middle === undefined) throw new Error('no values, no median')
  return middle
}

/** The machine in one line, for whoever reads the figures later. */
export function describeMachine(): string {
  const cores = cpus()
  const model = cores[0]?.model.trim() ?? 'unknown processor'
  const gib = (totalmem() / 2 ** 30).toFixed(1)
  return `${cores.length} × ${model}, ${gib} GiB, ${platform()} ${arch()}, Node ${process.version}`
}

/** One line a figure: id, value, goal, whether it is reached, and what was done. */
export function formatTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.id,
    `${formatValue(figure.value)} ${figure.unit}`,
    `${figure.better === 'higher' ? '≥' : '≤'} ${figure.goal.toLocaleString('en')}`,
    isReached(figure) ? 'reached' : 'MISSED',
    figure.detail,
  ])
  const head = ['figure', 'value', 'goal', '', 'detail']
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]!.length)))
  return [head, ...rows]
    .map((row) => row.map((cell, column) => (column < 4 ? cell.padEnd(widths[column]!) : cell)).join('  '))
    .join('\n')
}

const formatValue = (value: number): string =>
  Number.isInteger(value) ? value.toLocaleString('en') : value.toFixed(value < 10 ? 3 : 1)
