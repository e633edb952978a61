import type { AdminEndpoint } from '@nuncio/server'
import { pageFiles, pageFolder } from './page-files.ts'

const NO_FRAMES = [['content-security-policy', "frame-ancestors 'none'"]] as const

/** The playground at `/playground/` of the admin address, showing the configuration that runs, without its secrets. */
export function adminPlayground(folder = pageFolder()): AdminEndpoint[] {
  if (folder === undefined) return []
  const files = pageFiles(folder, { url: '../config_dump?include_eds', name: 'config_dump' })
  return files.map(({ name, contentType, read }): AdminEndpoint => ({
    path: `/playground/${name}`,
    help: name === '' ? 'what this configuration does: map, explanations, balancer laboratory' : '',
    mutates: false,
    handle: async () => ({ status: 200, contentType, body: await read(), headers: NO_FRAMES }),
  }))
}
