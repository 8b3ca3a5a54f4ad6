/**
 * Dates that a script writes, on one line each: a browser may break one after each hyphen, and the style keeps `time`
 * whole. The server marks those of its pages itself.
 */
const DATE = /\d{4}-\d\d-\d\d/

/** Puts every date in the texts below `root` into a `time` element; one that stands in such an element already is left. */
export function keepDatesWhole(root: Node): void {
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) {
    const text = texts.currentNode as Text
    const found = text.parentElement?.tagName === 'TIME' ? null : DATE.exec(text.data)
    if (found === null) continue
    // What follows the date becomes a text of its own, and is the walker's next after the element.
    const date = text.splitText(found.index)
    date.splitText(found[0].length)
    const time = document.createElement('time')
    date.replaceWith(time)
    time.append(date)
  }
}
