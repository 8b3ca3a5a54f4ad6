/**
 * Builds a holder's receipt (ledger/README.md, "Receipts"): everything that the log says of this holder, with the openings
 * that are nobody else's, and the proof that the balance is counted in what the programme owes. All from one snapshot of the
 * database, so that all proofs are at one committed size.
 */
import { parseEntry } from '../../../ledger/entry.ts'
import { RECEIPT_FORMAT } from '../../../ledger/receipt.ts'
import type { Receipt, ReceiptBalance } from '../../../ledger/receipt.ts'
import type { Database } from '../../db/database.ts'
import type { Session, Statement } from '../../db/session.ts'
import { AppError } from '../../errors.ts'
import type { CheckpointSigner } from '../log/checkpoint-signer.ts'
import { DatabaseLogReader, readEntriesAt } from '../log/log-reader.ts'
import { pointsStream } from '../log/points-rows.ts'
import { NodeHashes, provenAnchor, readKeyEntry, readNeededAnchors, wantAnchors } from '../log/proofs.ts'
import type { AnchorRow, EntryBytes } from '../log/proofs.ts'
import type { LogHead, StoredEntry } from '../log/reader.ts'
import { sha256Text } from '../log/sha256.ts'
import type { KnownHolder } from './holder-lookup.ts'
import type { LiabilitiesTrees } from './liabilities-tree.ts'
import { readLiabilities } from './liability-store.ts'

export type ReceiptSource = { database: Database; checkpoints: CheckpointSigner; liabilities: LiabilitiesTrees }

/**
 * $1: the holder; $2: the programme. What is cited is there as well: a rule and its withdrawal, a reward, a ballot with its
 * tally, the notice of what expires.
 */
const INDEXES: Statement = {
  name: 'receipt-indexes',
  text: `
    SELECT entry_index AS index FROM opening WHERE holder = $1
    UNION SELECT c.entry_index FROM ballot_token t
      JOIN ballot_cast c ON c.ballot = t.ballot AND c.commitment = t.commitment WHERE t.holder = $1
    UNION SELECT rule_index FROM point_grant WHERE holder = $1
    UNION SELECT rule_index FROM entitlement WHERE holder = $1
    UNION SELECT r.withdrawn_index FROM earning_rule r WHERE r.withdrawn_index IS NOT NULL AND r.entry_index IN (
      SELECT rule_index FROM point_grant WHERE holder = $1 UNION SELECT rule_index FROM entitlement WHERE holder = $1)
    UNION SELECT n.entry_index FROM tranche t JOIN expiry_notice n ON n.programme = $2 AND n.expires_at = t.expires_at
      WHERE t.holder = $1 AND t.remaining > 0
    UNION SELECT n.entry_index FROM opening o
      JOIN transfer t ON t.entry_index = o.entry_index AND t.holder = o.holder AND t.to_kind = 'expired'
      CROSS JOIN LATERAL json_to_recordset(t.tranches) AS s ("expiresAt" timestamptz)
      JOIN expiry_notice n ON n.programme = $2 AND n.expires_at = s."expiresAt" WHERE o.holder = $1
    UNION SELECT ballot FROM entitlement WHERE holder = $1
    UNION SELECT b.tallied_index FROM entitlement e JOIN ballot b ON b.entry_index = e.ballot
      WHERE e.holder = $1 AND b.tallied_index IS NOT NULL
    UNION SELECT reward_index FROM redemption WHERE holder = $1
    UNION SELECT s.entry_index FROM proposal p JOIN proposal_step s ON s.proposal = p.entry_index WHERE p.holder = $1
    UNION SELECT entry_index FROM programme WHERE id = $2
    UNION SELECT (t.value->>'index')::bigint FROM programme p, json_array_elements(p.state->'terms') AS t WHERE p.id = $2
    ORDER BY index`,
}

/** A vote belongs to nobody by its opening: the token says whose it is. */
const OPENINGS: Statement = {
  name: 'receipt-openings',
  text: `
    SELECT entry_index AS index, body FROM opening WHERE holder = $1
    UNION ALL SELECT o.entry_index, o.body FROM ballot_token t
      JOIN ballot_cast c ON c.ballot = t.ballot AND c.commitment = t.commitment
      JOIN opening o ON o.entry_index = c.entry_index AND o.holder IS NULL WHERE t.holder = $1`,
}

/** The newest root under an anchor of size $2, and this holder's leaf of it. */
const BALANCE: Statement = {
  name: 'receipt-balance',
  text: `
    SELECT r.entry_index AS index, r.root, l.position AS leaf, l.salt, l.commitment, l.balance
    FROM (SELECT * FROM liability_root x WHERE x.programme = $1 AND x.entry_index < $2
      ORDER BY x.entry_index DESC LIMIT 1) AS r
    LEFT JOIN liability l ON l.programme = r.programme AND l.root = r.root AND l.holder = $3`,
}

type BalanceRow = { index: number; root: string } & (
  { leaf: number; salt: string; commitment: string; balance: number } | { leaf: null }
)

/** What one snapshot says. */
type Story = {
  head: LogHead
  entries: StoredEntry[]
  openings: Map<number, string[]>
  anchors: AnchorRow[]
  key: EntryBytes
  hashes: NodeHashes
  balance: BalanceRow | undefined
}

/**
 * The receipt of a holder as of now.
 *
 * @throws AppError receipt_not_ready after the view code was renewed, until the next root is anchored
 */
export async function buildReceipt(source: ReceiptSource, holder: KnownHolder): Promise<Receipt> {
  const { database, checkpoints } = source
  const story = await database.transaction({ isolation: 'snapshot' }, async (session) =>
    readStory(session, checkpoints, holder),
  )
  const { head, hashes, key, openings } = story
  const { size } = head
  const proven = ({ index, bytes }: EntryBytes) => ({ index, bytes, proof: hashes.inclusion(index, size) })
  const balance = await balanceOf(source, holder, story.balance)
  return {
    format: RECEIPT_FORMAT,
    origin: head.origin,
    vkey: checkpoints.signer.vkey,
    stream: pointsStream(holder.programme),
    checkpoint: checkpoints.sign({ size, root: head.root }),
    key: proven(key),
    entries: story.entries.map((entry) => {
      const own = openings.get(entry.index)
      return {
        ...proven(entry),
        disclosures: entry.disclosures,
        ...(own === undefined ? {} : { openings: inOrder(entry, own) }),
      }
    }),
    ...(balance === undefined ? {} : { balance }),
    anchors: story.anchors.map((anchor) => provenAnchor(anchor, size, hashes)),
  }
}

async function readStory(
  session: Session,
  checkpoints: CheckpointSigner,
  { holder, programme }: KnownHolder,
): Promise<Story> {
  const query = session.query.bind(session)
  const head = await new DatabaseLogReader(query, checkpoints).head()
  const { size } = head
  const own = (await query<{ index: number }>(INDEXES, [holder, programme])).map(({ index }) => index)
  const newest = (await readNeededAnchors(session, own, size)).at(-1)
  const [balance] = newest === undefined ? [] : await query<BalanceRow>(BALANCE, [programme, newest.size, holder])
  const indexes = balance === undefined ? own : [...own, balance.index].toSorted((a, b) => a - b)
  const entries = await readEntriesAt(query, indexes)
  const anchors = await readNeededAnchors(session, indexes, size)
  const key = await readKeyEntry(session, checkpoints.signer.vkey)
  const hashes = new NodeHashes()
  for (const index of [...indexes, key.index]) hashes.wantInclusion(index, size)
  wantAnchors(hashes, anchors, size)
  await hashes.read(query)
  const bodies = await query<{ index: number; body: string }>(OPENINGS, [holder])
  const openings = new Map<number, string[]>()
  for (const { index, body } of bodies) openings.set(index, [...(openings.get(index) ?? []), body])
  return { head, entries, openings, anchors, key, hashes, balance }
}

/** Openings in the order of the digests of their entry: the same file for the same state. */
function inOrder({ bytes }: StoredEntry, openings: readonly string[]): string[] {
  const { xd = [] } = parseEntry(bytes)
  const place = new Map(openings.map((body) => [body, xd.indexOf(sha256Text(body))]))
  return [...openings].toSorted((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0))
}

async function balanceOf(
  { database, liabilities }: ReceiptSource,
  { programme, commitment: current }: KnownHolder,
  row: BalanceRow | undefined,
): Promise<ReceiptBalance | undefined> {
  if (row === undefined || row.leaf === null) return undefined
  const { root, leaf, salt, commitment, balance } = row
  if (commitment !== current) {
    throw new AppError(
      'receipt_not_ready',
      'The view code was renewed a moment ago; the receipt is ready when the next anchor is confirmed.',
    )
  }
  const path = await liabilities
    .proof({ programme, root, position: leaf }, () => readLiabilities(database.kysely, { programme, root }))
    .catch((error: unknown) => {
      // Two newer roots were anchored since the snapshot: the next snapshot has them.
      throw new AppError('busy', 'The receipt was overtaken by newer anchors; ask again.', {}, { cause: error })
    })
  return { salt, commitment, balance, leaf, path }
}
