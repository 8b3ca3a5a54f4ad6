/** The words of the page on which a person takes a consent back, in Chinese. Server only. */
export const withdrawZhCN = {
  title: '撤回同意',
  lead: '你同意过公开自己的话或经历？在这里撤回，不用账号，也不用说理由。',
  number: '同意的编号',
  numberHint: '同意时交给你的编号，只有数字。',
  code: '撤回码',
  codeHint: '同意时交给你的那一串字母和数字，整串粘贴。',
  submit: '撤回并删除',
  whatHeading: '撤回以后',
  gone: '这项同意涉及的文字和文件，立即从本站消失，不能恢复。',
  stays: '账本里留下指纹，以及“本人撤回同意”和时间。不写你是谁。',
  noCode: '撤回码丢了？它只交给过你，别处没有。请联系品牌或本站运营者，由运营者按个案删除。',
  problemHeading: '还没有撤回，什么都没有改动。',
  unsureHeading: '还不确定是否已经撤回。',
  problems: {
    number_missing: '请填同意的编号，只有数字。',
    code_missing: '请填撤回码：整串粘贴，至少 20 个字符。',
    not_found: '没有编号为 {n} 的同意。请核对编号。',
    code_unknown: '这个撤回码不是编号 {n} 的。请核对编号和撤回码。',
    busy: '账本没有及时答复。请再提交一次，不会重复撤回。',
  },
  settledHeading: '这项同意已经撤回',
  settled: '编号 {n} 的同意此前已经撤回，不用再做什么。',
  doneHeading: '已撤回',
  doneOne: '1 处文字或文件已从本站删除。',
  doneMany: '{n} 处文字或文件已从本站删除。',
  doneNone: '这项同意没有涉及任何文字或文件，没有要删除的。',
  doneEntry: '看账本里的这次登记',
  register: '更正与删除的公开登记',
  fromEntry: '这是你的同意？可以撤回',
}

export type WithdrawWords = Omit<typeof withdrawZhCN, 'problems'> & {
  problems: Record<keyof (typeof withdrawZhCN)['problems'], string>
}
