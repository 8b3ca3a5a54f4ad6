/** The words of the register of corrections and erasures, in Chinese. Server only. */
export const registerZhCN = {
  lead: '账本里的内容不能改。说错的，加一条更正，两条都留着；该删的，连同遮住它的随机数一起销毁，指纹留在账本里，何时、为何，列在这里。',
  erasures: '删除',
  brandRemovals: '品牌自行撤下',
  brandRemovalsNote: '这些是品牌自己要撤下的，不是当事人要求的。',
  corrections: '更正',
  count: '{reason} {n}',
  none: '没有。',
  allBrands: '全部品牌',
  onlyBrand: '只看这个品牌：{brand}',
  item: '{stream}，第 {i} 条',
  text: '文字',
  texts: '文字 {n} 处',
  file: '文件（指纹保留）',
  reason: '原因',
  removed: '从本站删除',
  files: '从数据库文件中清除',
  owed: '正在进行',
  caches: '缓存最迟',
  backups: '备份最迟',
  windowsNote: '“登记”一栏可在账本里核对；清除的时间由本站说明，账本里查不到。',
  registered: '登记',
  withdraw: '你同意过公开自己的话或经历？可以撤回。',
  older: '更早的',
}

export type RegisterWords = typeof registerZhCN
