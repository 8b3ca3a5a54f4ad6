/**
 * ER2: words by which a text pays for praise, for passing it on, for a vote of one kind, for silence or for taking something
 * back. The law forbids it (网络反不正当竞争暂行规定 art. 9), and WeChat forbids rewards for sharing. A list finds only
 * what it knows; the closed schema of a rule is the other half.
 */

/** Each stands for all texts that have it, with or without spaces between the letters. */
const CHINESE: readonly string[] = [
  '好评',
  '五星',
  '5星',
  '五分好评',
  '满分评价',
  '正面评价',
  '好口碑',
  '点赞',
  '集赞',
  '转发',
  '分享',
  '晒单',
  '晒图',
  '朋友圈',
  '种草',
  '推荐给好友',
  '邀请好友',
  '拉新',
  '助力',
  '关注有礼',
  '删帖',
  '删评',
  '删除评价',
  '删除评论',
  '撤诉',
  '撤回投诉',
  '撤销投诉',
  '撤稿',
  '沉默',
  '保密',
  '封口',
  '不投诉',
  '不曝光',
  '不差评',
  '修改评价',
  '改评',
  '返现',
  '红包',
  '投票给',
  '投赞成票',
]

const ENGLISH: readonly RegExp[] = [
  /\b(?:good|positive|favou?rable|glowing|great|nice)\s+(?:review|rating|comment|feedback|testimonial|word)s?\b/,
  /\b(?:5|five)[\s-]*stars?\b/,
  /\bprais(?:e|es|ed|ing)\b/,
  /\b(?:like|thumbs?[\s-]+up)s?\s+(?:us|our|the\s+post|on)\b/,
  /\b(?:share|shares|sharing|repost|reposts|reposting|retweet|retweets|forward\s+(?:this|the|our))\b/,
  /\b(?:invite|refer)\s+(?:a\s+|your\s+)?friends?\b/,
  /\b(?:delet(?:e|es|ing|ion)|remov(?:e|es|ing|al)|tak(?:e|es|ing)|withdraw(?:s|al|ing)?|chang(?:e|es|ing))\s+(?:of\s+)?(?:the\s+|your\s+|a\s+|down\s+)*(?:post|review|comment|complaint|claim|rating|lawsuit)s?\b/,
  /\b(?:silence|silent|keep\s+quiet|stay\s+quiet|non-?disclosure|gag)\b/,
  /\b(?:not|never)\s+(?:to\s+)?(?:complain|criticis|criticiz|sue)/,
  /\b(?:vote|votes|voting)\s+(?:yes|no|for|against|in\s+favou?r)\b/,
  /\b(?:cash[\s-]?back|red\s+packet)s?\b/,
]

/** The first word of a text that pays for praise, as it stands there; undefined when there is none. */
export function findPraise(text: string): string | undefined {
  const composed = text.normalize('NFKC')
  const close = composed.replace(/[\s\p{P}\p{S}]+/gu, '')
  const chinese = CHINESE.find((word) => close.includes(word))
  if (chinese !== undefined) return chinese
  const lower = composed.toLowerCase()
  for (const pattern of ENGLISH) {
    const [found] = pattern.exec(lower) ?? []
    if (found !== undefined) return found
  }
  return undefined
}
