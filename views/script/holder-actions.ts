/** What a holder can do with the spend code: redeem, vote, suggest, renew the view code, and say who may greet. */
import type { JsonValue } from '../../ledger/json.ts'
import { fill, formatNumber } from '../model/format.ts'
import { localized } from '../model/names.ts'
import { serverNow } from './holder-api.ts'
import { holderWords as words } from './holder-catalogue.ts'
import { qrImage } from './qr-image.ts'
import { pointsRecord, pointsWords } from './points-catalogue.ts'
import { element } from './verdict-box.ts'
import { wireVotes } from './holder-votes.ts'
import { quietButton, wish } from './holder-wish.ts'
import type { Wishes } from './holder-wish.ts'

type Reward = {
  reward: string
  title: JsonValue
  cost: number
  capacity: number
  taken: number
  closed: number | null
  from: string
  until: string
}

export function wireActions(root: ParentNode, wishes: Wishes): void {
  wireRewards(root, wishes)
  wireVotes(root, wishes)
  wireProposal(root, wishes)
  wireSettings(root, wishes)
}

function wireRewards(root: ParentNode, wishes: Wishes): void {
  const list = root.querySelector('.redeem')
  const now = serverNow()
  const rewards = (wishes.programme['rewards'] as Reward[] | undefined) ?? []
  const open = rewards.filter(
    ({ closed, from, until, taken, capacity }) =>
      closed === null && Date.parse(from) <= now && now < Date.parse(until) && taken < capacity,
  )
  const items = open.map((reward) => {
    const item = element('li')
    const short = reward.cost - wishes.receipt.balance
    const cost = fill(pointsWords.rewardCost, { n: formatNumber(reward.cost, pointsRecord) })
    item.append(element('strong', '', localized(reward.title, pointsRecord)), ' ')
    if (short > 0) item.append(element('small', '', fill(words.redeemShort, { n: formatNumber(short, pointsRecord) })))
    else {
      const button = quietButton(fill(words.redeem, { cost }))
      button.onclick = () =>
        void wish(root, wishes, {
          path: '/v1/holder/redemptions',
          body: { reward: reward.reward },
          button,
          done: () => words.redeemed,
        })
      item.append(button)
    }
    return item
  })
  list?.replaceChildren(...(items.length > 0 ? items : [element('li', 'by', words.redeemNone)]))
}

function wireProposal(root: ParentNode, wishes: Wishes): void {
  const form = root.querySelector<HTMLFormElement>('.propose')
  if (form === null) return
  const [title, text] = [form.querySelector('input'), form.querySelector('textarea')]
  const button = form.querySelector('button')
  form.onsubmit = (event) => {
    event.preventDefault()
    if (!title || !text || !button) return
    const { lang } = pointsRecord
    const [line, more] = [title.value.trim(), text.value.trim()]
    void wish(root, wishes, {
      path: '/v1/holder/proposals',
      body: { original: lang, title: { [lang]: line }, text: { [lang]: more === '' ? line : more } },
      button,
      done: () => words.proposed,
    })
  }
}

/** The new code is shown at once and stays: with it the receipt comes only after the next anchor. */
function showRenewed(root: ParentNode, code: string, address: string): void {
  const place = root.querySelector<HTMLElement>('.renewed')
  if (place === null) return
  const image = document.createElement('img')
  image.src = qrImage(address)
  image.alt = words.cardView
  image.className = 'screen-qr'
  place.hidden = false
  place.replaceChildren(element('strong', '', fill(words.renewed, { code })), image)
}

function wireSettings(root: ParentNode, wishes: Wishes): void {
  const consent = (selector: string, thanks: boolean): void => {
    const button = root.querySelector<HTMLButtonElement>(selector)
    if (button === null) return
    button.onclick = () =>
      void wish(root, wishes, {
        path: '/v1/holder/consent',
        body: { thanks },
        ...(thanks ? {} : { code: wishes.spendCode() ?? wishes.viewCode }),
        button,
        done: () => (thanks ? words.consentIsOn : words.consentIsOff),
      })
  }
  consent('.consent-on', true)
  consent('.consent-off', false)
  const renew = root.querySelector<HTMLButtonElement>('.renew')
  if (renew === null) return
  renew.onclick = () =>
    void wish(root, wishes, {
      path: '/v1/holder/view-code',
      body: {},
      button: renew,
      done: ({ viewCode, viewUrl }) => {
        if (typeof viewCode !== 'string') return words.done
        wishes.renewed(viewCode)
        showRenewed(root, viewCode, String(viewUrl))
        return undefined
      },
    })
}
