/**
 * Two built-ins that libraries of the core call and that Chromium 86 and iOS 15 lack. Put in front of every script, and
 * into the oldest place a browser has; nothing is touched where the built-in exists.
 */
type Later = { hasOwn?: (object: object, name: PropertyKey) => boolean }
type LaterText = { isWellFormed?: () => boolean }

const object = Object as unknown as Later
object.hasOwn ??= (value, name) => Object.prototype.hasOwnProperty.call(value, name)

const text = String.prototype as unknown as LaterText
text.isWellFormed ??= function (this: string) {
  return !/[\uD800-\uDFFF]/u.test(this)
}

// A module, so that the names above stay out of the way of everybody else's.
export {}
