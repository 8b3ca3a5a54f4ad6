import t from 'tap'
import { bundleAddress } from '../../../server/verify/verify-target.ts'

t.test('the address of a page leads to its proof, any other address to itself', async (t) => {
  const proof = 'https://id.example.cn/v1/crises/CR-7K2M9QPD/bundle'
  t.equal(bundleAddress('https://id.example.cn/c/CR-7K2M9QPD'), proof)
  t.equal(bundleAddress('https://id.example.cn/c/CR-7K2M9QPD/?lang=en&tl=7k2m#entry'), proof)
  t.equal(bundleAddress('https://id.example.cn/b/dairy?lang=en'), 'https://id.example.cn/v1/streams/brand:dairy/bundle')
  t.equal(bundleAddress('https://id.example.cn/points/herd/'), 'https://id.example.cn/v1/streams/points:herd/bundle')
  for (const other of [
    'https://id.example.cn/b/dairy/feed.xml',
    proof,
    'https://id.example.cn/c/CR-7K2M',
    'https://mirror.example/files/x.json?c=/c/CR-7K2M9QPD',
  ]) {
    t.equal(bundleAddress(other), other)
  }
})
