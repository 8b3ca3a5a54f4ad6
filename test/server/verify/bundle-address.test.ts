import t from 'tap'
import { bundleAddress } from '../../../server/verify/verify-target.ts'

t.test('the address of a timeline page leads to its proof, any other address to itself', async (t) => {
  const proof = 'https://id.example.cn/v1/crises/CR-7K2M9QPD/bundle'
  t.equal(bundleAddress('https://id.example.cn/c/CR-7K2M9QPD'), proof)
  t.equal(bundleAddress('https://id.example.cn/c/CR-7K2M9QPD/?lang=en&tl=7k2m#entry'), proof)
  for (const other of [
    proof,
    'https://id.example.cn/c/CR-7K2M',
    'https://mirror.example/files/x.json?c=/c/CR-7K2M9QPD',
  ]) {
    t.equal(bundleAddress(other), other)
  }
})
