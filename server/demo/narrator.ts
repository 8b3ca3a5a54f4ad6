/** What the demo says while it runs: a few quiet lines with the time that has passed, so that nobody wonders. */

export type Narrator = {
  /** Begins a chapter. */
  chapter: (title: string) => void
  /** One line under it. */
  line: (text: string) => void
  /** Text of another program, indented as it is. */
  quote: (text: string) => void
  /** A list of names and values, in two columns. */
  table: (rows: readonly (readonly [string, string])[]) => void
}

/**
 * @param write takes whole lines
 * @param startedAt a reading of `performance.now()`
 */
export function narrate(write: (line: string) => void, startedAt: number): Narrator {
  return {
    chapter: (title) => {
      const seconds = (performance.now() - startedAt) / 1000
      write(`\n${seconds.toFixed(1).padStart(6)} s  ${title}`)
    },
    line: (text) => write(`          ${text}`),
    quote: (text) => {
      for (const line of text.trimEnd().split('\n')) write(`        │ ${line}`)
    },
    table: (rows) => {
      const width = Math.max(...rows.map(([name]) => columns(name)))
      for (const [name, value] of rows) write(`          ${name}${' '.repeat(width - columns(name))}  ${value}`)
    },
  }
}

/** How many columns of a terminal a text takes: Chinese characters take two. */
const columns = (text: string): number => text.replace(/[\u2e80-\uffef]/g, '  ').length
