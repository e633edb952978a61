import type { HeaderMap } from '@nuncio/core'
import { type LocalReply, localReply, type StreamTransform } from '@nuncio/filter-chain'
import type { CompressionLibrary } from '../compression/library.ts'
import type { DecompressorSettings, DirectionSettings } from './settings.ts'

/** One body on its way out of a compression. */
export class Decompression {
  readonly #transform: StreamTransform
  readonly #settings: DecompressorSettings
  readonly #direction: DirectionSettings
  /** Status of the answer when the data are no such data; when they grow too much. */
  readonly #statuses: readonly [number, number]
  #taken = 0
  #made = 0

  constructor(
    library: CompressionLibrary,
    settings: DecompressorSettings,
    direction: DirectionSettings,
    statuses: readonly [number, number],
  ) {
    this.#transform = library.make()
    this.#settings = settings
    this.#direction = direction
    this.#statuses = statuses
  }

  /**
   * The plain bytes of a chunk. A body that cannot be decompressed, breaks off or grows too much ends the stream:
   * what stands in for it would be taken for the whole.
   */
  async run(chunk: Uint8Array, end: boolean): Promise<Uint8Array | LocalReply> {
    this.#taken += chunk.length
    this.#direction.compressedBytes.add(chunk.length)
    let out: Uint8Array
    try {
      out = await this.#transform.transform(chunk, end ? 'end' : 'flush')
    } catch (error) {
      return this.#refusal((error as { readonly code?: unknown }).code === 'ERR_NUNCIO_INFLATE_RATIO')
    }
    this.#made += out.length
    this.#direction.uncompressedBytes.add(out.length)
    return out
  }

  /** Tells in trailers how large the body was before and after. */
  report(trailers: HeaderMap): void {
    const { trailerPrefix } = this.#settings
    trailers.set(`${trailerPrefix}compressed-bytes`, String(this.#taken))
    trailers.set(`${trailerPrefix}uncompressed-bytes`, String(this.#made))
  }

  close(): void {
    this.#transform.close()
  }

  #refusal(tooLarge: boolean): LocalReply {
    this.#settings.errors.inc()
    return tooLarge
      ? localReply(this.#statuses[1], 'decompression_ratio_exceeded')
      : localReply(this.#statuses[0], 'decompression_failed')
  }
}
