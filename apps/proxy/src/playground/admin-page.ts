import type { HttpFilterDefinition } from '@nuncio/filter-chain'
import type { AdminEndpoint } from '@nuncio/server'
import { messagesText } from '../filters/messages-of.ts'
import { pageFiles, pageFolder } from './page-files.ts'

const NO_FRAMES = [['content-security-policy', "frame-ancestors 'none'"]] as const

/**
 * The playground at `/playground/` of the admin address, showing the configuration that runs, without its secrets. It knows
 * the messages of `filters`.
 */
export function adminPlayground(filters: readonly HttpFilterDefinition[] = [], folder = pageFolder()): AdminEndpoint[] {
  if (folder === undefined) return []
  const source = { url: '../config_dump?include_eds', name: 'config_dump', messages: messagesText(filters) }
  const files = pageFiles(folder, source)
  return files.map(({ name, contentType, read }): AdminEndpoint => ({
    path: `/playground/${name}`,
    help: name === '' ? 'what this configuration does: map, explanations, balancer laboratory' : '',
    mutates: false,
    handle: async () => ({ status: 200, contentType, body: await read(), headers: NO_FRAMES }),
  }))
}
