/** Whether a file in the reader's hand is the one whose fingerprint was recorded. It is read here and sent nowhere. */
import { hex } from '../../ledger/bytes.ts'
import { sha256 } from '../../ledger/hash.ts'

export function wireFileCheck(root: ParentNode): void {
  const form = root.querySelector<HTMLFormElement>('.file-check')
  const input = form?.querySelector<HTMLInputElement>('input[type=file]')
  if (!form || !input) return
  form.hidden = false
  input.onchange = () => void check(form, input)
}

async function check(form: HTMLFormElement, input: HTMLInputElement): Promise<void> {
  const file = input.files?.[0]
  const status = form.querySelector('[role=status]')
  if (file === undefined || status === null) return
  const digest = hex(sha256(new Uint8Array(await file.arrayBuffer())))
  const { sha256: recorded, same = '', differs = '' } = form.dataset
  status.textContent = digest === recorded ? `✓ ${same}` : `✕ ${differs}`
}
