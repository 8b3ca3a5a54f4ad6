/** Evidence: durable before its entry, known by its hash, and never what it only claims to be. */
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { EvidenceStore } from '../../../server/services/evidence/evidence-store.ts'
import {
  EVIDENCE_MEDIA_TYPES,
  essenceOf,
  isAllowedMediaType,
  looksLike,
} from '../../../server/services/evidence/media-type.ts'
import { parseEntry } from '../../../ledger/entry.ts'
import { openSite } from './site.ts'

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text))
}

t.test('a file gets its name only when it is whole, and the same bytes have one name', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tl-evidence-'))
  t.teardown(async () => await rm(folder, { recursive: true }))
  const store = new EvidenceStore(folder, 10)
  const sha256 = createHash('sha256').update('hello').digest('hex')
  const first = await store.receive(chunks('hel', 'lo'))
  t.match(first, { sha256, bytes: 5 })
  t.equal(Buffer.from(first.head).toString(), 'hello')
  await t.rejects(store.read(sha256), { code: 'not_found' }, 'not kept yet')
  await store.keep(first)
  await store.keep(await store.receive(chunks('hello')))
  t.equal(Buffer.from(await store.read(sha256)).toString(), 'hello')
  await store.discard(await store.receive(chunks('other')))
  await t.rejects(store.receive(chunks('0123456789', 'x')), { code: 'payload_too_large' })
  await t.rejects(store.receive(chunks()), { code: 'file_empty' })
  t.same(await readdir(join(folder, 'incoming')), [], 'nothing half-written stays')
  await t.rejects(store.read('../../etc/passwd'), { code: 'not_found' })
  await writeFile(join(folder, sha256.slice(0, 2), sha256), 'jello')
  await t.rejects(store.read(sha256), /E1/, 'a file that was changed on disk is not handed out')
})

t.test('media types are what the first bytes say', async (t) => {
  const heads: Record<string, string> = {
    'application/pdf': '%PDF-1.7',
    'image/png': '\u0089PNG\r\n\u001a\n',
    'image/jpeg': '\u00ff\u00d8\u00ff\u00e0',
    'image/webp': 'RIFF\u0001\u0002\u0003\u0004WEBPVP8 ',
    'video/mp4': '\u0000\u0000\u0000\u0018ftypmp42',
    'audio/mpeg': 'ID3\u0003',
    'application/zip': 'PK\u0003\u0004',
    'text/plain': 'plain words\n',
    'text/csv': 'a,b\r\n1,2\r\n',
  }
  t.same(Object.keys(heads), EVIDENCE_MEDIA_TYPES)
  for (const [type, head] of Object.entries(heads)) {
    t.ok(isAllowedMediaType(type))
    t.ok(looksLike(type, Buffer.from(head, 'latin1')), type)
    t.notOk(looksLike(type, Buffer.from('\u0000nothing of it', 'latin1')), `not ${type}`)
  }
  for (const type of ['text/html', 'image/svg+xml', 'application/javascript', 'toString', '']) {
    t.notOk(isAllowedMediaType(type), type)
    t.notOk(looksLike(type, Buffer.from('x')))
  }
  t.ok(looksLike('text/plain', Buffer.from('记忆晶体').subarray(0, 10)), 'a character may be cut at the end')
  t.notOk(looksLike('text/plain', Buffer.from([0xff, 0xfe, 0x41])))
  t.equal(essenceOf('Text/Plain; charset=utf-8'), 'text/plain')
})

t.test(
  'E1, E2: an uploaded file is on record with its hash, issuer and sample, its name only as a digest',
  async (t) => {
    const site = await openSite(t)
    const content = '%PDF-1.7 the report'
    const sha256 = createHash('sha256').update(content).digest('hex')
    const part = (name: string, value: string): string =>
      `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
    const form = [
      part('brand', 'dairy'),
      part('kind', 'laboratory_report'),
      part('issuer', 'Example Laboratory'),
      part('sample', 'L1'),
      '--b\r\nContent-Disposition: form-data; name="file"; filename="../../x.pdf"\r\n',
      `Content-Type: application/pdf\r\n\r\n${content}\r\n`,
      part('name', 'zhang-report.pdf'),
      '--b--\r\n',
    ].join('')
    const headers = { 'content-type': 'multipart/form-data; boundary=b' }
    const answer = await site.write('/evidence', form, { headers })
    t.match(answer, { sha256, bytes: content.length, stream: 'brand:dairy' })
    const index = answer['index'] as number
    const [stored] = await site.log.reader.entries(index, index + 1)
    const entry = parseEntry(stored!.bytes)
    t.match(entry.data, { sha256, mediaType: 'application/pdf', kind: 'laboratory_report', sample: 'L1' })
    t.equal(entry.sd?.length, 1)
    t.notOk(Buffer.from(stored!.bytes).toString().includes('zhang'))
    const path = join(site.dataDir, 'evidence', sha256.slice(0, 2), sha256)
    t.equal(await readFile(path, 'utf8'), content)
  },
)
