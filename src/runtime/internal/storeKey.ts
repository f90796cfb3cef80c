/** What a store needs to know of an object. */
export interface Stored {
  readonly metadata: {
    readonly name: string
    readonly namespace?: string | undefined
    readonly uid: string
    readonly resourceVersion: string
  }
}

/** The key of a Map: no name or namespace holds a slash. */
export const keyText = (key: { readonly name: string; readonly namespace?: string | undefined }): string =>
  key.namespace === undefined ? key.name : `${key.namespace}/${key.name}`
