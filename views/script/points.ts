/**
 * The script of the pages of a points programme. They are checked like every page; but a programme may have thousands of
 * grants, and who reads on a phone should not pay for them unasked: a large proof is fetched when the reader says so.
 */
import { POINTS_CHECKS } from '../../ledger/verify-points.ts'
import { pointsPageView } from '../model/points-page.ts'
import type { PointsRequest } from '../model/points-page.ts'
import { wirePage } from './checked-page.ts'
import { pointsRecord, pointsSteps, pointsVerdicts, pointsWords } from './points-catalogue.ts'
import { boxIn, element } from './verdict-box.ts'

/** Puts a button with the size in the place of the check. */
function askFirst(main: HTMLElement, size: HTMLElement, check: () => void): void {
  const button = element('button', 'button quiet', size.dataset['large'] ?? '') as HTMLButtonElement
  button.type = 'button'
  button.addEventListener('click', () => {
    size.remove()
    check()
  })
  boxIn(main)?.querySelector('.actions')?.prepend(button, ' ')
  const sentence = boxIn(main)?.querySelector('.verdict-text')
  if (sentence) sentence.textContent = size.textContent
}

const main = document.querySelector<HTMLElement>('main[data-page]')
if (main !== null) {
  const check = wirePage<PointsRequest>(main, {
    words: pointsVerdicts,
    record: pointsRecord,
    points: { checks: POINTS_CHECKS, steps: pointsSteps },
    view: (request, [record]) =>
      record && pointsPageView(request, record, { words: pointsRecord, points: pointsWords }),
  })
  const size = main.querySelector<HTMLElement>('.bundle-size')
  if (size === null) check()
  else askFirst(main, size, check)
}
