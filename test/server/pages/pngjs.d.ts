/** The one function of pngjs that tests use; the package brings no types. */
declare module 'pngjs' {
  export const PNG: { sync: { read: (png: Uint8Array) => { width: number; height: number; data: Uint8Array } } }
}
