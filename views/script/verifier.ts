/** The core as a page carries it, alone: what the check weighs, measured by the benchmarks. */
import { parseBundle } from '../../ledger/bundle.ts'
import { chainCalls, parseChainAnswers } from '../../ledger/contract-call.ts'
import { chainQuestions } from '../../ledger/findings.ts'
import { verifyBundle } from '../../ledger/verify.ts'

Object.assign(globalThis, { verifier: { parseBundle, chainQuestions, chainCalls, parseChainAnswers, verifyBundle } })
