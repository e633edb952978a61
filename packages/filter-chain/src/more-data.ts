/**
 * From a data hook: these bytes go on now, and once they have, and there is room for more, the hook is called again with
 * an empty chunk and the same `endStream`. The chunk is given away.
 */
export class MoreData {
  readonly chunk: Uint8Array
  constructor(chunk: Uint8Array) {
    this.chunk = chunk
  }
}
