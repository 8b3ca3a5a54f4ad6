/**
 * Earning rules: published before they are used, forward in time only, and blind to what somebody says about the brand
 * (ER1–ER3). The schema of a rule has no place for a rating; here its texts are looked through as well.
 */
import type { JsonObject } from '../../../ledger/json.ts'
import type { RulePublished } from '../../../ledger/points-data.ts'
import { newestRuleVersion, publishingRefusal, ruleVersion } from '../../../ledger/points-rules.ts'
import { AppError } from '../../errors.ts'
import { actorOf, answerWith, commandOf } from '../keys/key-commands.ts'
import type { Request } from '../keys/key-commands.ts'
import type { Command } from '../log/command.ts'
import { mustHaveProgramme, pointsDraft } from './points-draft.ts'
import { findPraise } from './praise.ts'
import { mustNotBeRefused } from './refusals.ts'

/** A rule as staff write it: `version` is counted here, and `validFrom` is now unless it is given. */
export type NewRule = Omit<RulePublished, 'version' | 'validFrom'> & { readonly validFrom?: string }

/**
 * A command that publishes the next version of a rule.
 *
 * @throws AppError rule_pays_for_praise, rule_dates (it would end before it begins)
 */
export function publishRule(request: Request, programme: string, rule: NewRule): Command {
  mustNotPayForPraise(rule)
  return commandOf(request, {
    needs: { points: { programmes: [programme] } },
    judge(snapshot, recordedAt) {
      const state = mustHaveProgramme(snapshot, programme)
      const last = newestRuleVersion(state, rule.rule)
      const next = { version: last + 1, validFrom: rule.validFrom ?? recordedAt }
      mustNotBeRefused(publishingRefusal(last, next, recordedAt))
      if (rule.validUntil !== undefined && rule.validUntil <= next.validFrom) {
        throw new AppError('rule_dates', 'validUntil is not later than validFrom; send a later one or none.')
      }
      const data = { ...rule, ...next } as unknown as JsonObject
      return [pointsDraft(snapshot, programme, actorOf(request.admin), 'rule.published', data)]
    },
    answer: answerWith(0, { programme, rule: rule.rule }),
  })
}

/**
 * A command that withdraws a version of a rule; grants under it stand.
 *
 * @param version the newest one unless given
 */
export function withdrawRule(request: Request, programme: string, rule: string, version?: number): Command {
  return commandOf(request, {
    needs: { points: { programmes: [programme] } },
    judge(snapshot) {
      const state = mustHaveProgramme(snapshot, programme)
      const meant = version ?? newestRuleVersion(state, rule)
      const known = ruleVersion(state, rule, meant)
      mustNotBeRefused(
        known === undefined ? 'rule_unknown' : known.withdrawn === undefined ? undefined : 'rule_withdrawn',
      )
      const data = { rule, version: meant }
      return [pointsDraft(snapshot, programme, actorOf(request.admin), 'rule.withdrawn', data)]
    },
    answer: answerWith(0, { programme, rule }),
  })
}

/** ER2. @throws AppError rule_pays_for_praise */
function mustNotPayForPraise({ rule, title, text }: NewRule): void {
  // The short name is public too, and its words are joined by hyphens.
  for (const words of [rule.replaceAll('-', ' '), title['zh-CN'], title.en, text['zh-CN'], text.en]) {
    const found = findPraise(words)
    if (found === undefined) continue
    throw new AppError(
      'rule_pays_for_praise',
      `A rule pays for what people do, never for praise, sharing, silence or deletion; say it without "${found}".`,
      { word: found },
    )
  }
}
