/** What pages say of seals, consents, erasures and the word of auditors, in Chinese; part of the record's catalogue. */
export const keepingZhCN = {
  sealsOpen: '{n} 条封存未打开，最早的已封存 {gap}',
  sealClosed: '内容还没有公开；指纹已登记，打开时换不了内容。',
  sealOpened: '已打开，见第 {i} 条',
  sealOf: '封存的是：{kind}',
  sealOpens: '打开第 {i} 条的封存，内容与当时的指纹一致才能登记',
  objectionsOpen: '{n} 条审计异议品牌未答复',
  auditHeading: '审计方怎么说',
  auditLine: '{date} {kind}，{state}',
  auditorSays: '审计方说',
  brandAnswers: '品牌答复',
  findings: {
    confirmed: '结论：属实',
    not_confirmed: '结论：未能证实',
    incomplete: '结论：不完整',
    misleading: '结论：有误导',
    not_examined: '结论：未审查',
  },
  about: '关于：第 {list} 条',
  answerTo: '答复：第 {list} 条',
  unanswered: '品牌未答复',
  answeredBy: '品牌已答复，见第 {i} 条',
  needsNone: '不需要答复',
  purposes: {
    public_display: '用途：公开展示',
    case_sharing: '用途：案例分享',
    laboratory_testing: '用途：送检',
    contact: '用途：联系',
  },
  consentCovers: '涉及：第 {list} 条',
  withdraws: '撤回：第 {i} 条的同意',
  erases: '删除：第 {i} 条，{reason}',
  fileErased: '原件已删除，指纹保留，{reason}，{date}',
}

export type KeepingWords = typeof keepingZhCN
