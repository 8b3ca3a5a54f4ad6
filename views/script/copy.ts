/** Buttons that copy a text; hidden until a script can serve them. */
export function wireCopying(root: ParentNode): void {
  for (const button of root.querySelectorAll<HTMLButtonElement>('button.copy')) {
    button.hidden = false
    button.onclick = () => void copy(button)
  }
}

async function copy(button: HTMLButtonElement): Promise<void> {
  const { copy: text = '', copied = '' } = button.dataset
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    copyOldWay(text)
  }
  const before = button.textContent
  button.textContent = copied
  setTimeout(() => (button.textContent = before), 2000)
}

/** Messengers' browsers and pages without https have no clipboard interface. */
function copyOldWay(text: string): void {
  const area = document.createElement('textarea')
  area.value = text
  document.body.append(area)
  area.select()
  document.execCommand('copy')
  area.remove()
}
