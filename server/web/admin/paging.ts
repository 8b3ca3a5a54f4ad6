/** How long a page of a list is. */

export const LIMIT_DEFAULT = 100
const LIMIT_MAX = 200

/** The limit that a query asks for, at most 200. */
export function limitOf(limit: string | undefined): number {
  return limit === undefined ? LIMIT_DEFAULT : Math.min(Number(limit), LIMIT_MAX)
}
