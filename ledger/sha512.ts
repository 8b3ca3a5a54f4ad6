/**
 * SHA-512 (FIPS 180-4 §6.4), which Ed25519 is built on and nothing else here. Small rather than fast, because a page
 * carries it: a verification hashes a few hundred bytes, none of them secret. The constants are not written down but
 * computed as the standard defines them. The tests compare it with Node's for every length of the padding.
 */
// The operators are those of BigInt here, which do not stop at 32 bits.
// oxlint-disable no-bitwise

const BLOCK_BYTES = 128
const WORD = 2n ** 64n

/** FIPS 180-4 §5.3.5: the first 64 bits of the fractional parts of the square roots of the first 8 primes. */
const START = primes(8).map((prime) => rootFraction(prime, 2n))

/** FIPS 180-4 §4.2.3: the same of the cube roots of the first 80 primes. */
const ROUNDS = primes(80).map((prime) => rootFraction(prime, 3n))

/** SHA-512 of the bytes. */
export function sha512(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const blocks = padded(bytes)
  const hash = [...START]
  for (let at = 0; at < blocks.byteLength; at += BLOCK_BYTES) compress(hash, schedule(blocks, at))
  const out = new DataView(new ArrayBuffer(64))
  hash.forEach((word, i) => out.setBigUint64(8 * i, word))
  return new Uint8Array(out.buffer)
}

/** The bytes, a one bit, zeros, and the length in bits: whole blocks. */
function padded(bytes: Uint8Array): DataView {
  const blocks = new Uint8Array(Math.ceil((bytes.length + 17) / BLOCK_BYTES) * BLOCK_BYTES)
  blocks.set(bytes)
  blocks[bytes.length] = 0x80
  const view = new DataView(blocks.buffer)
  view.setBigUint64(blocks.length - 8, BigInt(bytes.length) * 8n)
  return view
}

function schedule(blocks: DataView, at: number): bigint[] {
  const w: bigint[] = []
  for (let t = 0; t < 16; t++) w.push(blocks.getBigUint64(at + 8 * t))
  for (let t = 16; t < 80; t++) {
    const [x, y] = [w[t - 15]!, w[t - 2]!]
    const s0 = rotated(x, 1n) ^ rotated(x, 8n) ^ (x >> 7n)
    const s1 = rotated(y, 19n) ^ rotated(y, 61n) ^ (y >> 6n)
    w.push((s1 + w[t - 7]! + s0 + w[t - 16]!) % WORD)
  }
  return w
}

function compress(hash: bigint[], w: readonly bigint[]): void {
  let [a, b, c, d, e, f, g, h] = hash as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint]
  for (let t = 0; t < 80; t++) {
    const s1 = rotated(e, 14n) ^ rotated(e, 18n) ^ rotated(e, 41n)
    const s0 = rotated(a, 28n) ^ rotated(a, 34n) ^ rotated(a, 39n)
    const t1 = h + s1 + (g ^ (e & (f ^ g))) + ROUNDS[t]! + w[t]!
    const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c))
    ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) % WORD, c, b, a, (t1 + t2) % WORD]
  }
  const after = [a, b, c, d, e, f, g, h]
  after.forEach((word, i) => (hash[i] = (hash[i]! + word) % WORD))
}

function rotated(word: bigint, by: bigint): bigint {
  return (word >> by) | ((word << (64n - by)) % WORD)
}

function primes(count: number): bigint[] {
  const found: bigint[] = []
  for (let n = 2n; found.length < count; n++) if (found.every((prime) => n % prime !== 0n)) found.push(n)
  return found
}

/** The first 64 bits behind the point of the n-th root of a number below 512. */
function rootFraction(value: bigint, n: bigint): bigint {
  let root = 0n
  // 2^64 times the root is the n-th root of 2^64n times the value: found bit by bit, from above.
  for (let bit = 2n ** 69n; bit > 0n; bit /= 2n) if ((root + bit) ** n <= value * WORD ** n) root += bit
  return root % WORD
}
