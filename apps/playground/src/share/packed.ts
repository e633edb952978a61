import { base64, fromBase64 } from '@nuncio/core'

/** Bytes that a link may unpack to; the text of a configuration may not be larger anyway. */
const LARGEST = 10 * 1024 * 1024

/** A text in the letters of URLs, compressed. */
export async function pack(text: string): Promise<string> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('deflate-raw'))
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer())
  return base64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** What `pack` made; undefined for anything else, and for what would unpack to more than anybody shared. */
export async function unpack(packed: string, largest = LARGEST): Promise<string | undefined> {
  if (!/^[\w-]+$/.test(packed)) return undefined
  try {
    const bytes = fromBase64(packed)
    if (bytes === undefined) return undefined
    const stream = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
    return await readBounded(stream.getReader(), largest)
  } catch {
    return undefined
  }
}

async function readBounded(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  largest: number,
): Promise<string | undefined> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    bytes += value.length
    if (bytes > largest) {
      await reader.cancel()
      return undefined
    }
    text += decoder.decode(value, { stream: true })
  }
}
