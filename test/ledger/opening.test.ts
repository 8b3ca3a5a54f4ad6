import t from 'tap'
import type { JsonObject } from '../../ledger/json.ts'
import { nameOf, partiesNamed, productsNamed, textOf } from '../../ledger/opening.ts'

t.test('what is well formed is named, and what is not is left out', async (t) => {
  const data: JsonObject = {
    products: [
      { gtin: '09520123456788', batches: [{ lot: 'L1' }, { lot: 2 }, 'L3', { lot: 'L4' }] },
      { gtin: '09520123456795' },
      { gtin: 5 },
      'nothing',
    ],
    parties: [{ id: 'brand', kind: 'brand' }, { id: 'x' }, { id: 1, kind: 'media' }, null],
  }
  t.same(productsNamed(data), [
    { gtin: '09520123456788', lots: ['L1', 'L4'] },
    { gtin: '09520123456795', lots: [] },
  ])
  t.same(partiesNamed(data), [{ id: 'brand', kind: 'brand' }])
  t.same(productsNamed({ products: 'none' }), [])
  t.same(partiesNamed({}), [])
})

t.test('a text or a name that is missing is empty', async (t) => {
  t.equal(textOf('CR-7K2M9QPD'), 'CR-7K2M9QPD')
  t.equal(textOf(7), '')
  t.equal(textOf(undefined), '')
  t.same(nameOf({ 'zh-CN': '示例', en: 'Example' }), { 'zh-CN': '示例', en: 'Example' })
  t.same(nameOf({ en: 1 }), { 'zh-CN': '', en: '' })
  t.same(nameOf('Example'), { 'zh-CN': '', en: '' })
})
