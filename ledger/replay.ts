/**
 * What somebody calls who reads a whole log: every entry goes in, in order, and what comes out says whether the counts
 * that single timelines are proved with are true. Specification: README.md, "Replay" (L1–L10).
 *
 * Memory grows with the streams, the anchors and the grants, and by a number for each entry: a log of millions is read in
 * one pass.
 */
import { ActorAudit } from './actor-audit.ts'
import { LEDGER_STREAM, parseEntry } from './entry.ts'
import type { Entry } from './entry.ts'
import { namedContract } from './findings.ts'
import { leafHash } from './hash.ts'
import { HeadsAudit } from './heads-audit.ts'
import { logId } from './log-id.ts'
import type { LogIdentity } from './log-id.ts'
import { parseVerifierKey } from './note.ts'
import { ProgrammeReplay } from './programme-replay.ts'
import { PromiseAudit } from './promises.ts'
import { replayReport } from './replay-report.ts'
import type { ReplayOptions, ReplayReport, ReplayRule, ReplayState } from './replay-report.ts'
import { SealAudit } from './seal.ts'
import { StreamAudit } from './stream-audit.ts'
import { RightEdge } from './tree.ts'
import { CheckFailure, aboutEntry } from './verdict.ts'
import { isLogId } from './verify-log.ts'

/** Reads a log, entry by entry. */
export class Replay {
  readonly #edge = new RightEdge()
  readonly #streams = new StreamAudit()
  readonly #heads = new HeadsAudit()
  readonly #contracts: LogIdentity[] = []
  readonly #state: Omit<ReplayState, 'size' | 'root' | 'streams'> = {
    origin: undefined,
    faults: new Map(),
    keys: [],
    anchorable: new Map(),
    promises: new Map(),
    programmes: new Map(),
  }
  readonly #actors = new ActorAudit()
  readonly #seals = new Map<string, SealAudit>()
  /** Whose each entry is, as a number of `#brandNumbers`; 0 for nobody's. */
  readonly #brands: number[] = []
  readonly #brandNumbers = new Map<string, number>()
  #recordedAt = ''
  /** The largest size so far that an anchor can have. */
  #anchorable = 0

  /** How many entries were read. */
  get size(): number {
    return this.#edge.size
  }

  /** The next entry of the log; its leaf hash. What is wrong with it is in the report. */
  add(bytes: Uint8Array): Uint8Array {
    const index = this.#edge.size
    const hash = leafHash(bytes)
    this.#edge.append(hash)
    const entry = this.#attempt('L1', () => aboutEntry(index, () => parseEntry(bytes)))
    if (entry !== undefined) this.#audit(index, entry, hash)
    this.#brands.push(this.#brandNumber(entry?.brand))
    return hash
  }

  #audit(index: number, entry: Entry, hash: Uint8Array): void {
    if (entry.recordedAt < this.#recordedAt) this.#refuse('L3', new CheckFailure('time_backward', index))
    this.#recordedAt = entry.recordedAt
    this.#attempt('L5', () => this.#streams.open(index, entry))
    if (this.#heads.isHeads(entry)) {
      this.#attempt('L4', () => this.#heads.recount(index, entry))
      this.#anchorable = index + 1
      this.#state.anchorable.set(index + 1, { root: this.#edge.root(), recordedAt: entry.recordedAt })
    }
    const head = this.#streams.follow(index, entry, hash, (failure) => this.#refuse('L2', failure))
    this.#heads.count(index, head)
    if (entry.stream === LEDGER_STREAM) this.#noteNames(index, entry)
    this.#attempt('L10', () => this.#actors.add(index, entry))
    if (entry.stream.startsWith('crisis:')) this.#attempt('L7', () => this.#auditPromises(index, entry))
    if (entry.stream.startsWith('points:')) this.#auditProgramme(index, entry)
    if (entry.type.startsWith('seal.')) this.#attempt('L8', () => this.#auditSeals(index, entry))
  }

  #auditProgramme(index: number, entry: Entry): void {
    const audit = this.#state.programmes.get(entry.stream) ?? new ProgrammeReplay()
    this.#state.programmes.set(entry.stream, audit)
    const own = this.#brandNumber(entry.brand)
    const brandOf = (other: number): string | undefined => (this.#brands[other] === own ? entry.brand : undefined)
    audit.add({ index, entry }, { anchorable: this.#anchorable, brandOf }, (failure) => this.#refuse('L9', failure))
  }

  #brandNumber(brand: string | undefined): number {
    if (brand === undefined) return 0
    const known = this.#brandNumbers.get(brand) ?? this.#brandNumbers.size + 1
    this.#brandNumbers.set(brand, known)
    return known
  }

  /** Keeps the keys and contracts that the log names. What it names badly, it does not name. */
  #noteNames(index: number, entry: Entry): void {
    const { origin, vkey } = entry.data
    if (index === 0 && typeof origin === 'string') this.#state.origin = origin
    try {
      const contract = namedContract(entry)
      if (contract !== undefined) this.#contracts.push({ origin: this.#state.origin ?? '', ...contract })
      const namesKey = entry.type === 'ledger.opened' || entry.type === 'ledger.key'
      if (namesKey && typeof vkey === 'string') this.#state.keys.push({ index, verifier: parseVerifierKey(vkey) })
    } catch {
      return
    }
  }

  #auditSeals(index: number, entry: Entry): void {
    const audit = this.#seals.get(entry.stream) ?? new SealAudit()
    this.#seals.set(entry.stream, audit)
    const fault = audit.add({ index, entry })
    if (fault !== undefined) throw new CheckFailure(fault, index, { seal: entry.data['seal'] ?? '' })
  }

  #auditPromises(index: number, entry: Entry): void {
    const audit = this.#state.promises.get(entry.stream) ?? new PromiseAudit()
    this.#state.promises.set(entry.stream, audit)
    audit.add({ index, entry })
  }

  #attempt<T>(rule: ReplayRule, step: () => T): T | undefined {
    try {
      return step()
    } catch (error) {
      this.#refuse(rule, error as Error)
      return undefined
    }
  }

  #refuse(rule: ReplayRule, failure: Error): void {
    const fault = this.#state.faults.get(rule)
    if (fault === undefined) this.#state.faults.set(rule, { failure, times: 1 })
    else fault.times += 1
  }

  /**
   * The contract to ask: the one whose log id was given, or else the last that the log names; undefined when it names none.
   */
  contract(given = ''): LogIdentity | undefined {
    const meant = this.#contracts.find((contract) => isLogId(given, logId(contract)))
    return meant ?? this.#contracts[this.#contracts.length - 1]
  }

  /**
   * The report on all entries read.
   *
   * @param checkpoint the signed note that the log gave out before the entries were read
   */
  finish(checkpoint: Uint8Array | string, options: ReplayOptions = {}): ReplayReport {
    const state: ReplayState = {
      ...this.#state,
      size: this.size,
      root: this.#edge.root(),
      streams: this.#streams.size,
    }
    return replayReport(state, this.contract(options.logId), checkpoint, options)
  }
}
