/** The exercise: three entries, their fingerprints, one root. Changing a character changes them, here and now. */
import { base64url, utf8 } from '../../ledger/bytes.ts'
import { leafHash } from '../../ledger/hash.ts'
import { RightEdge } from '../../ledger/tree.ts'

type Words = { same: string; different: string; samples: string[] }

const section = document.querySelector<HTMLElement>('.exercise')
if (section !== null) {
  const { words, root } = JSON.parse(section.dataset['exercise'] ?? '') as { words: Words; root: string }
  const inputs = [...section.querySelectorAll('textarea')]
  const status = section.querySelector('.exercise-verdict')
  const rootNow = section.querySelector<HTMLElement>('.root-now')
  const reset = section.querySelector<HTMLButtonElement>('.reset')

  const recount = (): void => {
    const edge = new RightEdge()
    for (const input of inputs) {
      const leaf = leafHash(utf8(input.value))
      edge.append(leaf)
      const code = input.parentElement?.querySelector('code')
      if (code) code.textContent = base64url(leaf)
    }
    const found = base64url(edge.root())
    const code = rootNow?.querySelector('code')
    if (code) code.textContent = found
    const changed = inputs.findIndex((input, at) => input.value !== words.samples[at])
    if (status) status.textContent = found === root ? words.same : words.different.replace('{i}', String(changed + 1))
    section.classList.toggle('differs', found !== root)
  }

  for (const input of inputs) {
    input.readOnly = false
    input.addEventListener('input', recount)
  }
  if (rootNow) rootNow.hidden = false
  if (reset) {
    reset.hidden = false
    reset.addEventListener('click', () => {
      for (const [at, input] of inputs.entries()) input.value = words.samples[at] ?? ''
      recount()
    })
  }
  recount()
}
