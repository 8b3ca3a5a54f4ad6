/**
 * Each step of an anchor that leaves this process, failing in each way: it never happened, it happened but nobody heard,
 * it happened twice. Whatever failed, the rounds that follow come to one anchor, and log, rows and chain agree.
 */
import t from 'tap'
import type { KyselyPlugin } from 'kysely'
import type { Database } from '../../../server/db/database.ts'
import type { AnchoringDeps } from '../../../server/services/anchoring/anchoring.ts'
import type { Appender } from '../../../server/services/log/command.ts'
import { assertAgreement } from './agreement.ts'
import type { Fault } from './json-rpc-proxy.ts'
import { openSite, settle, tellRound } from './site.ts'
import type { Site } from './site.ts'

/** One anchor from news to rest, with the fault somewhere in it. */
async function anchorThrough(site: Site, deps: AnchoringDeps): Promise<void> {
  await site.write(1)
  const { size } = await site.log.reader.head()
  const story: string[] = []
  for (let i = 0; i < 40 && !story.at(-1)?.startsWith('idle'); i++) story.push(await tellRound(deps))
  site.proxy.faultOf = () => 'none'
  await settle(site.deps)
  const latest = await site.contract.latest()
  if (latest === undefined || latest.size <= size) throw new Error(`the news is not anchored: ${story.join(', ')}`)
  await assertAgreement(site, 2)
}

void t.test('every call to the chain may be lost, lose its answer or arrive twice', async (t) => {
  const site = await openSite(t, 'postgres')
  await anchorThrough(site, site.deps)
  site.proxy.calls.length = 0
  await anchorThrough(site, site.deps)
  const steps = [...site.proxy.calls]
  t.ok(steps.includes('eth_sendRawTransaction') && steps.includes('eth_getTransactionReceipt'))
  for (const fault of ['lost', 'answer lost', 'twice'] satisfies Fault[]) {
    for (const [step, method] of steps.entries()) {
      // Only sending leaves something behind: to a question it is the same whether it or its answer was lost.
      if (fault !== 'lost' && method !== 'eth_sendRawTransaction') continue
      let call = 0
      site.proxy.faultOf = () => (call++ === step ? fault : 'none')
      await anchorThrough(site, site.deps)
    }
    t.pass(`${steps.length} calls ${fault}`)
  }
  t.equal(await countOpen(site), 0)
})

void t.test('a chain that is silent for several calls at once, whichever they are', async (t) => {
  const site = await openSite(t, 'postgres')
  for (const lasting of [3, 9]) {
    for (let from = 0; from < 24; from += 4) {
      let call = 0
      const first = from
      site.proxy.faultOf = () => (call++ >= first && call <= first + lasting ? 'answer lost' : 'none')
      await anchorThrough(site, site.deps)
    }
  }
  t.pass('each time one anchor')
})

void t.test('every statement of the rows may fail, or be carried out and its answer lost', async (t) => {
  const site = await openSite(t, 'postgres')
  await anchorThrough(site, site.deps)
  const counter = failing(site.database, -1, 'before')
  await anchorThrough(site, { ...site.deps, database: counter.database })
  const steps = counter.kinds.length
  t.ok(steps > 15, `${steps} statements in an anchor`)
  for (const when of ['before', 'after'] as const) {
    for (let step = 0; step < steps; step++) {
      // A question leaves nothing behind: it is the same whether it or its answer was lost.
      if (when === 'after' && counter.kinds[step] === 'SelectQueryNode') continue
      await anchorThrough(site, { ...site.deps, database: failing(site.database, step, when).database })
    }
    t.pass(`${steps} statements fail ${when} they are carried out`)
  }
})

void t.test('the heads entry may be refused, or written and nobody told', async (t) => {
  const site = await openSite(t, 'postgres')
  for (const when of ['before', 'after'] as const) {
    await anchorThrough(site, { ...site.deps, appender: appenderFailingOnce(site.log.sequencer, when) })
  }
  let dumps = 0
  const persist = async (): Promise<void> => {
    if (dumps++ === 0) throw new Error('the disk is full')
  }
  await anchorThrough(site, { ...site.deps, persist })
  t.equal(dumps, 2, 'nothing is confirmed before the chain is saved')
})

async function countOpen({ database }: Site): Promise<number> {
  const rows = await database.kysely
    .selectFrom('anchor_intent')
    .select('id')
    .where('state', 'not in', ['confirmed', 'replaced', 'failed'])
    .execute()
  return rows.length
}

/** A database whose statement number `step` fails once, before or after it is carried out; `kinds`: those so far. */
function failing(database: Database, step: number, when: 'before' | 'after'): { database: Database; kinds: string[] } {
  const kinds: string[] = []
  let ended = 0
  const plugin: KyselyPlugin = {
    transformQuery({ node }) {
      if (kinds.push(node.kind) - 1 === step && when === 'before') throw new Error(`statement ${step} was lost`)
      return node
    },
    async transformResult({ result }) {
      if (ended++ === step && when === 'after') throw new Error(`the answer to statement ${step} was lost`)
      return result
    },
  }
  return { database: { ...database, kysely: database.kysely.withPlugin(plugin) }, kinds }
}

function appenderFailingOnce(appender: Appender, when: 'before' | 'after'): Appender {
  let failed = false
  return {
    async append(command) {
      const fails = !failed
      failed = true
      if (fails && when === 'before') throw new Error('not written')
      const result = await appender.append(command)
      if (fails) throw new Error('written, but the answer was lost')
      return result
    },
  }
}
