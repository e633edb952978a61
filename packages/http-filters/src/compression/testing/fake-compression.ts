import { latin1Bytes, latin1Text, NuncioError } from '@nuncio/core'
import type { CompressorSettings, DecompressorSettings, Platform, StreamTransform } from '@nuncio/filter-chain'

/** A compression that can be read: each flush makes `[text]`, the end `!`. */
class FakeCompressor implements StreamTransform {
  readonly #open: Set<object>
  constructor(open: Set<object>) {
    this.#open = open
    open.add(this)
  }
  async transform(chunk: Uint8Array, mode: 'none' | 'flush' | 'end'): Promise<Uint8Array> {
    const text = chunk.length === 0 ? '' : `[${latin1Text(chunk)}]`
    return Promise.resolve(latin1Bytes(mode === 'end' ? `${text}!` : text))
  }
  close(): void {
    this.#open.delete(this)
  }
}

/** Takes the brackets away; `#` is corrupt, `*` grows too much, and an end without `!` came too early. */
class FakeDecompressor implements StreamTransform {
  readonly #open: Set<object>
  #ended = false
  constructor(open: Set<object>) {
    this.#open = open
    open.add(this)
  }
  async transform(chunk: Uint8Array, mode: 'none' | 'flush' | 'end'): Promise<Uint8Array> {
    const text = latin1Text(chunk)
    this.#ended ||= text.includes('!')
    if (text.includes('*')) throw new NuncioError('ERR_NUNCIO_INFLATE_RATIO', 'too much')
    if (text.includes('#') || (mode === 'end' && !this.#ended)) throw new Error('incorrect data')
    return Promise.resolve(latin1Bytes(text.replaceAll(/[[\]!]/g, '')))
  }
  close(): void {
    this.#open.delete(this)
  }
}

/** What a test sees of compression: the settings of everything made, and what is not closed yet. */
export interface FakeCompression {
  readonly platform: Platform
  readonly made: (CompressorSettings | DecompressorSettings)[]
  readonly open: Set<object>
}

export function fakeCompression(more: Partial<Platform> = {}): FakeCompression {
  const made: (CompressorSettings | DecompressorSettings)[] = []
  const open = new Set<object>()
  const platform = {
    compressor: (settings: CompressorSettings) => {
      made.push(settings)
      return new FakeCompressor(open)
    },
    decompressor: (settings: DecompressorSettings) => {
      made.push(settings)
      return new FakeDecompressor(open)
    },
    ...more,
  } as Partial<Platform> as Platform
  return { platform, made, open }
}
