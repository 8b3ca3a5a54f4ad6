/**
 * The log names its contract in its own entries, so that a reader knows where to look (DESIGN 4.1). When the operator
 * configures another one, or the embedded chain had to start anew with another, the log says so before its first anchor.
 */
import { checksumAddress } from '../../../ledger/log-id.ts'
import type { AnchorContract } from '../../chain/anchor-contract.ts'
import type { Appender } from '../log/command.ts'
import type { LogReader } from '../log/reader.ts'

/** Appends `ledger.contract` when the log's contract is another one than this. */
export async function nameContract({
  appender,
  contract: { chainId, address },
  reader,
}: {
  appender: Appender
  contract: Pick<AnchorContract, 'chainId' | 'address'>
  reader: LogReader
}): Promise<void> {
  const named = await reader.contract()
  if (named.chainId === chainId && checksumAddress(named.contract) === address) return
  await appender.append({
    needs: { streams: ['ledger'] },
    judge: () => [
      { type: 'ledger.contract', stream: 'ledger', actor: { kind: 'system' }, data: { chainId, contract: address } },
    ],
  })
}
