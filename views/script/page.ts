/** The script of the pages that show a timeline, an answer, an entry or a brand: each is checked as soon as it is open. */
import { pageView } from '../model/page.ts'
import type { PageRequest } from '../model/page.ts'
import { recordWords, verdictWords } from './catalogues.ts'
import { wirePage } from './checked-page.ts'

const main = document.querySelector<HTMLElement>('main[data-page]')
if (main !== null) {
  const check = wirePage<PageRequest>(main, {
    words: verdictWords,
    record: recordWords,
    view: (request, records) => pageView(request, records, recordWords),
  })
  check()
}
