/**
 * Figures: numbers that somebody published, each in a named series. A series that falls, or whose base changes, must
 * name the entry that it revises (FG1); nothing is ever summed by us (FG2).
 * Specification: README.md, "Figures".
 */
import type { JsonValue } from './json.ts'

export const FIGURE_QUALIFIERS = ['exact', 'about', 'at_least', 'more_than', 'at_most'] as const

export type Figure = {
  readonly series: string
  /** An integer, or a decimal number as text. */
  readonly value: number | string
  readonly qualifier: (typeof FIGURE_QUALIFIERS)[number]
  readonly unit: string
  readonly market?: string
  readonly asOf: string
  readonly assertedBy: string
  /** What the figure is a share of: the index of the entry that says so, or `this` for the entry itself. */
  readonly base?: number | 'this'
  readonly newSince?: { readonly entry: number; readonly value: number | string }
  readonly revises?: number
  readonly revisionReason?: string
}

/** The last value of a series, and where it stands. */
export type FigureState = {
  readonly series: string
  readonly value: number | string
  readonly index: number
  readonly base?: number
}

/** Whether a value has the members of a figure that a reader computes with. */
export function isFigure(value: JsonValue | undefined): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const figure: { readonly [name: string]: JsonValue } = value
  const { series, base, revises } = figure
  if (typeof series !== 'string' || !isNumeric(figure['value'])) return false
  if (base !== undefined && base !== 'this' && typeof base !== 'number') return false
  return revises === undefined || typeof revises === 'number'
}

function isNumeric(value: JsonValue | undefined): boolean {
  return typeof value === 'number' || (typeof value === 'string' && isDecimal(value))
}

/** Whether a text is a decimal number as the record writes it: `-12.5`, without leading zeros or exponent. */
export function isDecimal(value: string): boolean {
  return value.length <= 40 && /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(value)
}

/** Whether a figure breaks FG1: its series fell or changed its base, and it does not say what it revises. */
export function isSilentRevision(last: FigureState | undefined, figure: Figure, index: number | undefined): boolean {
  if (last === undefined || figure.revises !== undefined) return false
  const base = figure.base === 'this' ? index : figure.base
  return Number(figure.value) < Number(last.value) || base !== last.base
}

/** The last figure of each series after an entry's figures. */
export function foldFigures(states: FigureState[], figures: readonly Figure[], index: number): FigureState[] {
  const next = [...states]
  for (const { series, value, base } of figures) {
    const state: FigureState = {
      series,
      value,
      index,
      ...(base === undefined ? {} : { base: base === 'this' ? index : base }),
    }
    const position = next.findIndex((known) => known.series === series)
    if (position < 0) next.push(state)
    else next[position] = state
  }
  return next
}
