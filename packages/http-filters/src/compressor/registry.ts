import type { FilterStateValue, ResponseHeaders, StreamInfo } from '@nuncio/core'
import { type Candidate, type Choice, chooseEncoding } from './accept-encoding.ts'

const KEY = 'nuncio.compressors'

/** A compressor as the others of its chain know it. */
export interface ChainCompressor extends Candidate {
  /** Whether it would compress a response of this type. */
  allowsType(response: ResponseHeaders): boolean
}

/** The compressors of one stream, in the order of the chain: they decide together, once. */
export class CompressorRegistry implements FilterStateValue {
  readonly #compressors: ChainCompressor[] = []
  #choice: Choice | undefined = undefined

  /** The registry of a stream; the first to ask makes it. */
  static of(info: StreamInfo): CompressorRegistry {
    const state = (info.filterState ??= new Map())
    let registry = state.get(KEY)
    if (!(registry instanceof CompressorRegistry)) state.set(KEY, (registry = new CompressorRegistry()))
    return registry as CompressorRegistry
  }

  add(compressor: ChainCompressor): void {
    this.#compressors.push(compressor)
  }

  /** The choice for a response; the first compressor that asks makes it for all. */
  choose(acceptEncoding: string, response: ResponseHeaders): Choice {
    return (this.#choice ??= chooseEncoding(
      acceptEncoding,
      this.#compressors.filter((one) => one.allowsType(response)),
    ))
  }

  serialize(): string {
    return this.#choice?.encoding ?? ''
  }
}
