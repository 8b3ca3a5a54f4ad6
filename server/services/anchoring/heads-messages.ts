/** What the main thread and the heads thread say to each other. `below` names a tree: it covers the entries below it. */

import type { StreamHead } from '../../../ledger/heads.ts'

export type HeadsRequest =
  | { kind: 'begin'; below: number }
  | { kind: 'rows'; below: number; rows: StreamHead[] }
  | { kind: 'finish'; below: number }
  | { kind: 'proof'; below: number; stream: string }

export type HeadsReply =
  | { kind: 'done' }
  | { kind: 'root'; streams: number; root: Uint8Array }
  | { kind: 'proof'; leaf: number; path: Uint8Array[] }
  /** The stream has no entry below the tree's size. */
  | { kind: 'absent' }
  /** The tree is not kept (any more): build it. */
  | { kind: 'unknown' }
