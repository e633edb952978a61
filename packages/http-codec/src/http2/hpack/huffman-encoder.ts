import { HUFFMAN_CODES, HUFFMAN_LENGTHS } from './huffman-code.ts'

/** How many bytes a Latin-1 text has in Huffman code. */
export function huffmanLength(text: string): number {
  let bits = 0
  for (let i = 0; i < text.length; i++) bits += HUFFMAN_LENGTHS[text.charCodeAt(i) & 255]!
  return (bits + 7) >>> 3
}

/** Writes a Latin-1 text in Huffman code to `out`, from `at` on; answers where it ends. */
export function encodeHuffman(text: string, out: Uint8Array, at: number): number {
  let pending = 0
  let count = 0
  let to = at
  for (let i = 0; i < text.length; i++) {
    const symbol = text.charCodeAt(i) & 255
    const length = HUFFMAN_LENGTHS[symbol]!
    const code = HUFFMAN_CODES[symbol]!
    // At most 7 bits wait; codes that would not fit beside them into 31 go in two parts.
    if (length > 24) {
      pending = (pending << 16) | (code >>> (length - 16))
      count += 16
      while (count >= 8) out[to++] = (pending >>> (count -= 8)) & 255
      pending = ((pending & ((1 << count) - 1)) << (length - 16)) | (code & ((1 << (length - 16)) - 1))
      count += length - 16
    } else {
      pending = ((pending & 127) << length) | code
      count += length
    }
    while (count >= 8) out[to++] = (pending >>> (count -= 8)) & 255
    pending &= (1 << count) - 1
  }
  if (count > 0) out[to++] = ((pending << (8 - count)) | ((1 << (8 - count)) - 1)) & 255
  return to
}
