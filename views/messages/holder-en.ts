/** What a holder's own page and the thank-you view of a store say, in English. */
import type { HolderWords } from './holder-zh-cn.ts'

export const holderEn: HolderWords = {
  title: 'My points',
  lead: 'There is no account here and no name. Two codes are you: the view code only reads, the spend code spends.',
  noScript:
    'This page is checked and shown on your phone, which takes a script. This browser cannot run it; please open it in another one.',
  privacy:
    'Codes stand after the # only, so that no log holds them; once open, this page takes them out of the address.',
  codeLabel: 'View code (begins with V-)',
  codeHint: 'Scan the “view” code on the card, or type it here.',
  open: 'Open',
  remember: 'Remember the view code on this phone (it only reads, and can be renewed)',
  badCode: 'This is no view code: V- is followed by 26 letters and digits.',
  badSpend: 'This is no spend code: S- is followed by 26 letters and digits.',
  spendOnly: 'The spend code was read. Scan or type the view code as well, then you can redeem and vote.',
  close: 'Close and forget',
  loading: 'Fetching and checking your receipt…',
  wrongCode: 'Nobody has this code, or it was renewed. Look at the card, or make a new view code with the spend code.',
  failed: 'No connection. Please try again.',
  notReady:
    'This view code is in force, and your points are as they were. Its receipt is made with the next anchor (they are {wait} apart); then press Open again.',
  retry: 'Try again',

  balanceLabel: 'Points available',
  pendingLabel: 'Pending',
  heldLabel: 'Held for a reward',
  countedIn: 'This balance is counted in the proof of liabilities of {time}: {leaves} holders, {sum} points in all.',
  countedOther: 'The balance has changed since; the proof counts {n} points.',
  notCounted: 'No proof of liabilities counts you yet; there is one before the next anchor.',
  oneOther:
    'This proof shows one other, unnamed balance, and somebody else’s proof may show yours: a number, never a name.',
  expiryHeading: 'When they expire',
  expiryLine: '{n} points expire on {date}',
  expiryNever: '{n} points do not expire',
  historyHeading: 'Every line',
  historyNote:
    'Every line is numbered, so the check finds one that was left out. Only the newest ones that move no points (suggestions, votes) show up as missing once another follows.',
  historyOthers:
    'A line that is not yours? The system made both codes, and whoever made your card has seen them. Save the receipt and tell the brand or the regulator.',
  historyEmpty: 'Nothing is recorded yet.',
  proved: 'Proved, anchored {time}',
  notAnchored: 'Not yet anchored, so not yet proved',
  lineFailed: 'Does not match',
  amountPending: '{n} (pending)',
  amountBorne: 'borne by the brand',
  forRule: '{what}: {title}',
  receiptFile: 'Save the receipt',
  receiptNote: 'The receipt holds your details. Give it only to those who need it.',

  screenHeading: 'The code for a store screen',
  screenText:
    'It changes every 60 seconds, works once and can spend nothing. The screen then says thank you: what your feedback changed.',
  screenShow: 'Show it',
  screenHide: 'Hide it',
  screenSeconds: '{n} seconds left',
  screenAlt: 'Code for a store screen',

  actionsHeading: 'Use your points',
  spendLabel: 'Spend code (begins with S-)',
  spendHint: 'Used for what follows here, and never kept.',
  redeemHeading: 'Redeem',
  redeem: 'Redeem this ({cost})',
  redeemNone: 'There is nothing to redeem now.',
  redeemShort: '{n} points short',
  redeemed: 'Held for you. The store confirms it; if it does not in time, the points come back by themselves.',
  redemptionsHeading: 'My redemptions',
  redemptionState: {
    held: 'Held, waiting to be confirmed',
    confirmed: 'Redeemed',
    released: 'Released, the points are back',
    refunded: 'Refunded',
  },
  holdUntil: 'held until {time}',

  votesHeading: 'My votes',
  votesNone: 'You have no right to vote yet. It cannot be bought with points; it is earned by contributing.',
  vote: 'Vote',
  voteAgain: 'Vote again',
  voted: 'Received. You can change it until the close; the last vote counts.',
  myVote: 'I chose: {choice}',
  voteOpen: 'Open my vote for somebody else',
  voteOpenText:
    'Entry {i} of the log holds the fingerprint of this vote. The text below opens it and proves what was chosen; do not trade it for anything.',
  place: 'Look for my place in the published list',
  placeEmpty: 'Your place is in the list, and no vote stands under it.',
  placeVotes:
    'Your place is in the list, and these votes stand under it: {entries}. If one is not yours, somebody voted in your place.',
  placeEntry: 'entry {i}',
  placeWithheld: 'Your place is in the list. Too few voted for the list to show which votes stand under it.',
  placeMissing:
    'The list has no place for your view code. If you have not changed it since the list was frozen, you were left out.',
  placeDiffers:
    'The list names other votes under your place than your receipt does: {entries}. Save both and tell the regulator.',
  placeNone: 'none',
  placeForged: 'This is not the list whose fingerprint your receipt holds. Do not rely on it, and tell the regulator.',
  voteLater: 'Voting opens {from}',
  voteClosed: 'Closed',
  chooseOne: 'Please choose one',

  proposeHeading: 'Make a suggestion',
  proposeTitle: 'In one sentence',
  proposeText: 'In more words (optional)',
  proposeNote: 'It is shown publicly, without a name. Please write nothing personal about yourself or others.',
  propose: 'Submit',
  proposed: 'Recorded. The board of suggestions says by when it is answered.',

  settingsHeading: 'Settings',
  consentOn: 'Let store screens thank me',
  consentOff: 'No longer let store screens thank me',
  consentIsOn:
    'Agreed: a store screen that reads my code says what my feedback changed. It shows no name and no points.',
  consentIsOff: 'Not agreed: store screens show nothing.',
  consentUnknown: 'Switching it on needs the spend code; either code switches it off.',
  renew: 'Make a new view code',
  renewText:
    'The old view code stops working at once. The new one is shown only now; please write it down. It opens your receipt after the next anchor; until then this page says how long it takes, and the spend code works as before.',
  renewed: 'The new view code: {code}',
  done: 'Done.',
  problems: {
    insufficient: 'There are not enough points.',
    sold_out: 'All places are taken.',
    closed: 'It has ended.',
    spend: 'The spend code is not right; look at the card.',
    waiting: 'Many of your suggestions wait for an answer; send this one when some have been answered.',
    votes: 'You have changed this vote very often; the last one counts.',
    used: 'This code is for store screens only and cannot redeem.',
    other: 'It did not work: {detail}',
  },
  steps: {
    order: { done: 'The entries stand in their order', failed: 'Entry {i} is out of order' },
    openings: {
      done: 'What only you can open matches the fingerprints in the log, balance after balance',
      failed: 'Entry {i} cannot be opened, or the balances do not follow each other',
    },
    points: { done: 'Each of your points has a rule that was anchored before', failed: 'Entry {i} breaks a rule' },
    liabilities: {
      done: 'Your balance is counted in the proof of liabilities',
      failed: 'The proof of liabilities leaves your balance out or counts another',
      skipped: 'No proof of liabilities counts you yet',
    },
  },
  verdicts: {
    verified: {
      icon: '✓',
      label: 'Receipt holds',
      text: 'Each of your lines is in the log, the balance adds up, and nothing was changed since it was anchored ({t}).',
    },
    pending: {
      icon: '○',
      label: 'Newest lines not yet anchored',
      text: 'What is anchored is checked and unaltered. The newest lines can be checked once they are anchored.',
    },
    unanchored: {
      icon: '○',
      label: 'Not yet anchored',
      text: 'Everything was just recorded and can be checked once it is anchored.',
    },
    stale: {
      icon: '○',
      label: 'Newest anchor not reached',
      text: 'Checked and unaltered, but this receipt is not the newest. Please reload.',
    },
    mismatch: {
      icon: '✕',
      label: 'Receipt does not match',
      text: 'The receipt differs from what was registered and may have been altered. Do not redeem; take a screenshot and tell the regulator.',
    },
    mismatchWhole: {
      icon: '✕',
      label: 'Receipt does not match',
      text: 'The receipt differs from what was registered and may have been altered. Do not redeem; take a screenshot and tell the regulator.',
    },
  },

  cardTitle: 'Holder card',
  cardView: 'View (reads only)',
  cardSpend: 'Spend (keep it safe)',
  cardNote:
    'These two codes are given once. With the spend code a lost view code can be replaced; a lost spend code nobody can find again.',
  cardHint:
    'For staff: paste the two addresses of a new holder here. The card is made on this device and nothing is sent.',
  cardPaste: 'The two addresses',
  cardMake: 'Make the card',
  cardPrint: 'Print',
  cardBad: 'Paste two lines: one address with #v= and one with #s=.',

  thanksTitle: 'Thank you',
  thanksLead: 'Open the code for store screens under “My points” on the phone and hold it to the scanner.',
  thanksField: 'Scan',
  thanksShow: 'Show',
  thanksCamera: 'Scan with the camera',
  thanksGreeting: 'Thank you for going along with {brand}.',
  thanksChanged: 'Your feedback changed this:',
  thanksNothingYet: 'Your feedback is on record in the log.',
  thanksNothing: 'There is nothing to show. Please make a new code on the phone and try again.',
  thanksClears: 'Clears in {n} seconds',
  thanksNote: 'This screen recognises no faces and keeps no record of who came; without consent it shows nothing.',
}
