/** The ballots in which a holder may vote: the form while one is open, the own vote, and after the close its opening. */
import { parseBallotList } from '../../ledger/ballot.ts'
import { ownPlace } from '../../ledger/ballot-token.ts'
import type { OwnPlace } from '../../ledger/ballot-token.ts'
import { hex } from '../../ledger/bytes.ts'
import { sha256 } from '../../ledger/hash.ts'
import type { JsonValue } from '../../ledger/json.ts'
import { fill, formatTime } from '../model/format.ts'
import { localized } from '../model/names.ts'
import { fetchBallotList } from './holder-api.ts'
import { holderWords as words } from './holder-catalogue.ts'
import { quietButton, wish } from './holder-wish.ts'
import type { Wishes } from './holder-wish.ts'
import { pointsRecord, pointsWords } from './points-catalogue.ts'
import { element } from './verdict-box.ts'

type Ballot = {
  index: number
  question: JsonValue
  options: { id: string; title: JsonValue }[]
  choice: 'single' | 'approval'
  opensAt: string
  closesAt: string
  steps: { type: string }[]
}

export function wireVotes(root: ParentNode, wishes: Wishes): void {
  const list = root.querySelector('.votes')
  const ballots = ((wishes.programme['ballots'] as Ballot[] | undefined) ?? []).filter(({ index }) =>
    wishes.receipt.entitled.includes(index),
  )
  const items = ballots.reverse().map((ballot) => ballotItem(root, ballot, wishes))
  list?.replaceChildren(...(items.length > 0 ? items : [element('li', 'by', words.votesNone)]))
}

function ballotItem(root: ParentNode, ballot: Ballot, wishes: Wishes): HTMLElement {
  const item = element('li')
  const link = element('a', '', localized(ballot.question, pointsRecord))
  link.setAttribute('href', `/points/${wishes.receipt.programme}/ballots/${ballot.index}${location.search}`)
  item.append(link)
  const steps = ballot.steps.map(({ type }) => type)
  const own = wishes.receipt.votes.find((vote) => vote.ballot === ballot.index)
  const titleOf = (id: string): string => {
    const option = ballot.options.find((known) => known.id === id)
    return option === undefined ? id : localized(option.title, pointsRecord)
  }
  if (own !== undefined) {
    item.append(element('p', '', fill(words.myVote, { choice: own.choice.map(titleOf).join(pointsRecord.comma) })))
  }
  if (steps.includes('ballot.closed')) {
    item.append(element('p', 'by', words.voteClosed))
    if (own !== undefined) item.append(openingOf(own))
    if (steps.includes('ballot.tallied')) item.append(placeButton(wishes, ballot.index, own?.entries ?? []))
  } else if (steps.includes('ballot.opened')) item.append(voteForm(root, ballot, wishes, own !== undefined))
  else
    item.append(
      element('p', 'by', fill(words.voteLater, { from: formatTime(Date.parse(ballot.opensAt), pointsRecord) })),
    )
  return item
}

/** After the close a voter can show the own choice to whoever asks: the text opens the digest in the log. */
function openingOf({ entry, opening }: { entry: number; opening: string }): HTMLElement {
  const details = element('details')
  const code = element('pre')
  code.append(element('code', 'code', opening))
  details.append(element('summary', '', words.voteOpen), element('p', '', fill(words.voteOpenText, { i: entry })), code)
  return details
}

/** BL6: the list is public, and whose places are in it is known to the holders alone. */
function placeButton({ receipt, viewCode }: Wishes, ballot: number, own: readonly number[]): HTMLElement {
  const line = element('p', 'place')
  line.setAttribute('role', 'status')
  const button = quietButton(words.place)
  button.onclick = async () => {
    button.disabled = true
    try {
      const bytes = await fetchBallotList(receipt.programme, ballot)
      const isRecorded = receipt.lists.includes(hex(sha256(bytes)))
      line.textContent = isRecorded ? placeWords(ownPlace(parseBallotList(bytes), viewCode), own) : words.placeForged
    } catch {
      button.disabled = false
      line.replaceChildren(button, ' ', words.failed)
    }
  }
  line.append(button)
  return line
}

function placeWords({ isListed, casts }: OwnPlace, own: readonly number[]): string {
  if (!isListed) return words.placeMissing
  if (casts === undefined) return words.placeWithheld
  const named = casts.map((i) => fill(words.placeEntry, { i })).join(pointsRecord.comma)
  if (casts.join() !== own.join()) return fill(words.placeDiffers, { entries: named === '' ? words.placeNone : named })
  return casts.length === 0 ? words.placeEmpty : fill(words.placeVotes, { entries: named })
}

function voteForm(root: ParentNode, ballot: Ballot, wishes: Wishes, again: boolean): HTMLElement {
  const form = element('form', 'vote') as HTMLFormElement
  const type = ballot.choice === 'approval' ? 'checkbox' : 'radio'
  const set = element('fieldset')
  set.append(element('legend', '', pointsWords.ballotChoice[ballot.choice]))
  for (const { id, title } of ballot.options) {
    const label = element('label', 'tick')
    const input = document.createElement('input')
    input.type = type
    input.name = `ballot-${ballot.index}`
    input.value = id
    label.append(input, ' ', localized(title, pointsRecord))
    set.append(label)
  }
  const button = quietButton(again ? words.voteAgain : words.vote)
  button.type = 'submit'
  const problem = element('p', 'problem')
  problem.setAttribute('role', 'status')
  form.append(set, button, problem)
  form.onsubmit = (event) => {
    event.preventDefault()
    const choice = [...form.querySelectorAll<HTMLInputElement>('input:checked')].map(({ value }) => value)
    problem.textContent = choice.length === 0 && type === 'radio' ? words.chooseOne : ''
    if (problem.textContent !== '') return
    void wish(root, wishes, {
      path: '/v1/holder/votes',
      body: { ballot: ballot.index, choice },
      button,
      done: () => words.voted,
    })
  }
  return form
}
