import { createRequire } from 'node:module'
import { defineConfig } from 'hardhat/config'

/**
 * One compiler, taken from the npm package so that nothing is downloaded. The EVM version is the oldest that real
 * chains and test nodes share; without a metadata hash the bytecode depends on the source alone.
 */
export default defineConfig({
  solidity: {
    version: '0.8.37',
    path: createRequire(import.meta.url).resolve('solc/soljson.js'),
    settings: {
      evmVersion: 'paris',
      optimizer: { enabled: true, runs: 1_000_000 },
      viaIR: false,
      metadata: { bytecodeHash: 'none' },
    },
  },
  paths: { sources: 'contracts' },
})
