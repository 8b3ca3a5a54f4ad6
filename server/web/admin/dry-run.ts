/**
 * `?dryRun=true` on any POST of this API: the request is checked, judged and shown, and nothing is written. Whoever acts
 * at three in the morning sees the page as it would be before anybody else does. One place for all routes: the appender
 * that they are given answers a dry run itself.
 */
import type { FastifyRequest } from 'fastify'
import { base64url } from '../../../ledger/bytes.ts'
import { entrySigMessage, parseEntry } from '../../../ledger/entry.ts'
import type { JsonObject } from '../../../ledger/json.ts'
import type { Appender, AppendResult, Command } from '../../services/log/command.ts'
import type { SignableCommand } from '../../services/keys/key-commands.ts'
import type { DryRun, WouldBeEntry } from '../../services/log/dry-run.ts'
import type { RenderPreview } from '../pages/preview.ts'

/** Whether a request asks only what would be. Asked before the query is checked; what is malformed is refused then. */
export function isDryRun({ query }: FastifyRequest): boolean {
  return (query as { dryRun?: unknown } | undefined)?.dryRun === 'true'
}

/** Hands commands on; a dry run is answered with what it would do. */
export class DryRunAppender implements Appender {
  readonly #appender: Appender
  readonly #render: RenderPreview | undefined

  /** @param render absent where no pages are served: then answers have no preview */
  constructor(appender: Appender, render: RenderPreview | undefined) {
    this.#appender = appender
    this.#render = render
  }

  async append(command: Command): Promise<AppendResult> {
    const result = await this.#appender.append(command)
    const { dryRun } = result
    if (dryRun === undefined) return result
    const preview = await this.#render?.(dryRun)
    return { ...result, body: { ...answerOf(command, dryRun), ...(preview === undefined ? {} : { preview }) } }
  }
}

const ALLOWED = 'Nothing on record forbids it now.'
const MARKED = 'It is recorded late or compiled afterwards, so it is not refused; the entry carries this mark for ever.'

/** What the sender may sign: the bytes of its own entries (ledger/README.md, 10), when it has asked with a key that can. */
function toSign({ bytes }: WouldBeEntry, signer: string | undefined): JsonObject {
  if (signer === undefined) return {}
  const entry = parseEntry(bytes)
  return entry.actor.id === signer ? { toSign: base64url(entrySigMessage(entry)) } : {}
}

function answerOf(
  { checks = [], warnings = [], signer }: SignableCommand,
  { size, entries, crises, streams }: DryRun,
): JsonObject {
  const marks = crises.flatMap(({ state }) => state.marks.filter(({ index }) => index >= size))
  const broken = marks.map(({ rule }) => ({ check: rule, ok: false, detail: MARKED }))
  const shown = crises.map(({ code, brand, mode, openedIndex, state }) => ({ code, brand, mode, openedIndex, state }))
  return {
    dryRun: true,
    checks: [{ check: 'guards', ok: true, detail: ALLOWED }, ...checks.map((check) => ({ ...check })), ...broken],
    warnings: warnings.map((warning) => ({ ...warning })),
    state: {
      size: size + entries.length,
      streams: streams.map((stream) => ({ ...stream })),
      crises: shown as unknown as JsonObject[],
    },
    entries: entries.map((entry) => {
      const { type, stream, seq, data } = entry
      return { type, stream, seq, data, ...toSign(entry, signer) }
    }),
  }
}
