/**
 * The two text codecs that every runtime has but the ES library does not declare. Nothing else of the outside world is
 * known to the core: its tsconfig has no Node and no DOM types.
 */
declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>
}
declare class TextDecoder {
  constructor(label: 'utf-8', options: { fatal: true; ignoreBOM: true })
  decode(bytes: Uint8Array): string
}
