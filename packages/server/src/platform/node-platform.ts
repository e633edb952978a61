import type { Platform } from '@nuncio/filter-chain'
import { createHash, createHmac, timingSafeEqual, webcrypto } from 'node:crypto'
import { readFileSync, watch } from 'node:fs'
import path from 'node:path'
import { nodeCompressor, nodeDecompressor } from './node-compression.ts'

/** What Node offers to pure filters. */
export const nodePlatform: Platform = {
  compressor: nodeCompressor,
  decompressor: nodeDecompressor,
  sha1: (data) => createHash('sha1').update(data).digest(),
  sha256: (data) => createHash('sha256').update(data).digest(),
  hmacSha256: (key, data) => createHmac('sha256', key).update(data).digest(),
  // Lengths are no secret, but comparing digests keeps the time apart from them as well.
  timingSafeEqual: (a, b) =>
    timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest()),
  subtle: webcrypto.subtle,
  readFile: (file) => readFileSync(file),
  environment: (name) => process.env[name],
  watchFile,
  abortController: () => {
    const controller = new AbortController()
    return { signal: controller.signal, abort: (reason) => controller.abort(reason) }
  },
}

/** Watches the folder, so that replacing a file by a rename is seen as well as writing into it. */
function watchFile(file: string, onChange: () => void): () => void {
  const watcher = watch(path.dirname(file), { persistent: false }, (_event, name) => {
    if (name === null || name === path.basename(file)) onChange()
  })
  watcher.on('error', () => watcher.close())
  return () => watcher.close()
}
