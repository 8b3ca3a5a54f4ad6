/** What the service deploys is what the source compiles to, and its interface is the specified one. */
import { Interface } from 'ethers'
import t from 'tap'
import { compileTrustAnchor, formatArtifact, readArtifactFile } from '../support/compile-contracts.ts'

const specified = [
  'constructor(string logOrigin, address firstAnchorer)',
  'function origin() view returns (string)',
  'function owner() view returns (address)',
  'function pendingOwner() view returns (address)',
  'function anchorer() view returns (address)',
  'function transferOwnership(address newOwner)',
  'function acceptOwnership()',
  'function setAnchorer(address newAnchorer)',
  'function anchor(uint64 size, bytes32 root, bytes32[] proof)',
  'function verifyInclusion(bytes32 leafHash, uint64 index, uint64 size, bytes32[] proof) view returns (bool)',
  'function latest() view returns (uint64 size, bytes32 root, uint64 blockNumber, uint64 timestamp)',
  'function anchorAt(uint64 size) view returns (bytes32 root, uint64 blockNumber, uint64 timestamp)',
  'function anchorCount() view returns (uint64)',
  'function anchorByNumber(uint64 k) view returns (uint64 size, bytes32 root, uint64 blockNumber, uint64 timestamp)',
  'event Anchored(uint64 indexed size, bytes32 root)',
  'event AnchorerChanged(address indexed from, address indexed to)',
  'event OwnershipTransferStarted(address indexed from, address indexed to)',
  'event OwnershipTransferred(address indexed from, address indexed to)',
  'error NotOwner()',
  'error NotPendingOwner()',
  'error NotAnchorer()',
  'error SizeOutOfRange()',
  'error ZeroRoot()',
  'error RootMismatch()',
  'error SizeNotGreater()',
  'error MalformedProof()',
  'error InconsistentRoot()',
]

t.test('the committed artifact is what the source compiles to', async (t) => {
  t.equal(readArtifactFile(), formatArtifact(compileTrustAnchor()), 'else: npm run contracts')
})

t.test('the interface has every specified member and no other', async (t) => {
  const { abi, compiler } = compileTrustAnchor()
  t.same(new Interface(abi).format().toSorted(), new Interface(specified).format().toSorted())
  t.equal(compiler.evmVersion, 'paris')
})
