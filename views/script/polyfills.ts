/**
 * A built-in that a library of the core calls and that Chromium 86 and iOS 15 lack. Put in front of every script;
 * nothing is touched where the built-in exists.
 */
type Later = { hasOwn?: (object: object, name: PropertyKey) => boolean }

const object = Object as unknown as Later
object.hasOwn ??= (value, name) => Object.prototype.hasOwnProperty.call(value, name)

// A module, so that the names above stay out of the way of everybody else's.
export {}
