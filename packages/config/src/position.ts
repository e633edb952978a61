/** A place in a source file; line and column count from 1. */
export interface Position {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Where the parts of a loaded configuration were written. */
export interface Sources {
  /**
   * The place of a normalised message or list, or of one of its fields or items; undefined for what no file wrote
   * (defaults, xDS). The object is looked up by identity, so pass the very object that the loader returned.
   */
  positionOf(node: object, field?: string | number): Position | undefined
}
