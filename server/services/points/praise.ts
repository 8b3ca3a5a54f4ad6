/**
 * ER2: words by which a text pays for praise, for passing it on, for a vote of one kind, for silence or for taking something
 * back. The law forbids it (网络反不正当竞争暂行规定 art. 9), and WeChat forbids rewards for sharing. A list finds only
 * what it knows; the closed schema of a rule is the other half.
 */

/** Each stands for all texts that have it, with or without spaces between the letters. In simplified characters. */
const CHINESE: readonly string[] = [
  '好评',
  '五星',
  '5星',
  '颗星',
  '五分好评',
  '满分评价',
  '正面评价',
  '好的评价',
  '好口碑',
  '给高分',
  '打高分',
  '打满分',
  '给满分',
  '打十分',
  '打10分',
  '夸一夸',
  '夸奖',
  '夸我们',
  '赞美',
  '点赞',
  '点个赞',
  '集赞',
  '转发',
  '分享',
  '晒单',
  '晒图',
  '朋友圈',
  '种草',
  '小红书',
  '抖音',
  '发微博',
  '宣传我们',
  '帮忙宣传',
  '帮我们宣传',
  '推荐给',
  '推荐我们',
  '邀请好友',
  '邀请朋友',
  '拉朋友',
  '拉新',
  '助力',
  '关注有礼',
  '关注我们',
  '关注公众号',
  '删帖',
  '删掉帖',
  '删除帖',
  '删评',
  '删除评价',
  '删除评论',
  '撤诉',
  '撤回投诉',
  '撤销投诉',
  '撤掉投诉',
  '取消投诉',
  '放弃投诉',
  '停止投诉',
  '不要投诉',
  '不再投诉',
  '不再追究',
  '放弃追究',
  '放弃索赔',
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
  '好话',
  '美言',
]

/** Signs that stand for a rating. */
const SIGNS = /[★☆⭐🌟👍]/u
/** Letters that nobody sees, and accents: they hide a word from a list and not from a reader. */
const UNSEEN = /[\p{Cf}\p{M}]+/gu

/** Traditional characters of the words above. */
const SIMPLIFIED: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from(
    '評评價价轉转發发點点讚赞贊赞個个刪删紅红曬晒訴诉銷销論论種种現现禮礼單单圖图幫帮說说話话筆笔關关註注眾众號号薦荐請请們们顆颗誇夸獎奖滿满將将賠赔棄弃究究黙默傳传',
  ).flatMap((letter, i, all) => (i % 2 === 0 ? [[letter, all[i + 1]!]] : [])),
)

/** Letters of the Cyrillic and Greek alphabets that readers take for Latin ones. */
const LATIN: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from('аaеeоoрpсcуyхxіiѕsјjкkмmтtнhвbԁdԛqԝwοoαaρpνvιiυuκkεeτt').flatMap((letter, i, all) =>
    i % 2 === 0 ? [[letter, all[i + 1]!]] : [],
  ),
)

const ENGLISH: readonly RegExp[] = [
  /\b(?:good|positive|favou?rable|glowing|great|nice)\s+(?:\w+\s+)?(?:review|rating|comment|feedback|testimonial|word)s?\b/,
  /\b(?:positive|favou?rable|glowing)\s+(?:\w+\s+)?(?:post|video|stor(?:y|ie)|thing)s?\b/,
  /\b(?:5|five)[\s-]*stars?\b/,
  /\b(?:top|full|high)\s+(?:marks|scores?|ratings?)\b/,
  /\b(?:rate|rating)\s+(?:us|our)\b/,
  /\b(?:five|5|ten|10)\s*(?:out\s+of|\/)\s*(?:five|5|ten|10)\b/,
  /\bprais(?:e|es|ed|ing)\b/,
  /\bcompliment(?:s|ing)?\b/,
  /\b(?:say|says|write|writes|post|posts)\s+(?:something|anything)?\s*(?:nice|good|positive|kind)\b/,
  /\bthumbs?[\s-]+up\b/,
  /\bupvot(?:e|es|ing)\b/,
  /\btag(?:s|ging)?\s+(?:us|our)\b/,
  /\b(?:like|follow|recommend)s?\s+(?:us|our)\b/,
  /\blikes?\s+(?:the\s+post|on)\b/,
  /\b(?:on|in)\s+(?:social\s+media|facebook|instagram|tiktok|twitter|weibo|wechat|moments)\b/,
  /\b(?:pass(?:es|ing)?|tell(?:s|ing)?)\s+(?:it\s+on|your\s+friends|others|everybody|everyone)\b/,
  /\b(?:share|shares|sharing|repost|reposts|reposting|retweet|retweets|forward\s+(?:this|the|our|it))\b/,
  /\b(?:invit|refer|bring)\w*\s+(?:a\s+|your\s+)?friends?\b/,
  /\b(?:delet(?:e|es|ing|ion)|remov(?:e|es|ing|al)|tak(?:e|es|ing)|withdraw(?:s|al|ing)?|drop(?:s|ping)?|chang(?:e|es|ing))\s+(?:of\s+)?(?:the\s+|your\s+|a\s+|down\s+)*(?:post|review|comment|complaint|claim|rating|lawsuit)s?\b/,
  /\b(?:silence|silent|keep\s+quiet|stay\s+quiet|non-?disclosure|gag)\b/,
  /\b(?:not|never|stop|without|refrain\w*\s+from)\s+(?:to\s+)?(?:complain|criticis|criticiz|su(?:e|ing)\b)/,
  /\b(?:vote|votes|voting)\s+(?:yes|no|for|against|in\s+favou?r)\b/,
  /\b(?:cash[\s-]?back|red\s+packet)s?\b/,
]

/** The first word of a text that pays for praise, as it stands there; undefined when there is none. */
export function findPraise(text: string): string | undefined {
  const composed = text.normalize('NFKD').replace(UNSEEN, '').normalize('NFKC')
  const sign = SIGNS.exec(composed)?.[0]
  if (sign !== undefined) return sign
  const letters = Array.from(composed.replace(/[\s\p{P}\p{S}]+/gu, ''))
  const close = letters.map((letter) => SIMPLIFIED[letter] ?? letter).join('')
  const chinese = CHINESE.find((word) => close.includes(word))
  if (chinese !== undefined) return chinese
  const lower = Array.from(composed.toLowerCase(), (letter) => LATIN[letter] ?? letter).join('')
  for (const pattern of ENGLISH) {
    const [found] = pattern.exec(lower) ?? []
    if (found !== undefined) return found
  }
  return undefined
}
