import { load, type Message } from '@nuncio/config'
import type { FilterContext, Platform } from '@nuncio/filter-chain'
import { type ConfigPlace, configPlace } from '@nuncio/matching'
import { compileTags, type TagTable } from './tags.ts'

type Source = NonNullable<Message<'envoy.extensions.filters.http.ip_tagging.v3.IPTagging'>['ip_tags_datasource']>

/** Reads a file of tags (YAML or JSON with `ip_tags`); a text says what is wrong with it. */
function readTags(file: string, platform: Platform): TagTable | string {
  let bytes: Uint8Array
  try {
    bytes = platform.readFile(file)
  } catch (error) {
    return `the file cannot be read: ${String(error)}`
  }
  const { config, problems } = load('envoy.extensions.filters.http.ip_tagging.v3.IPTagging', bytes, { file })
  const found = [...problems]
  const tags = compileTags(
    config?.ip_tags,
    configPlace(config, { report: (problem) => void found.push(problem), sources: undefined }),
  )
  const error = found.find(({ severity }) => severity === 'error')
  if (error === undefined) return tags
  return `${file}${error.line > 0 ? `:${error.line}` : ''}: ${error.message}`
}

/**
 * The tags of a file, and with `watched_directory` those that take their place: `replace` is given them. A file that
 * cannot be read later is told of, and the tags stay what they were.
 */
export function tagsOfFile(
  source: Source,
  place: ConfigPlace,
  context: FilterContext,
  replace: (tags: TagTable) => void,
): void {
  const { filename: file = '', watched_directory: watched } = source
  if (!/\.(ya?ml|json)$/i.test(file)) {
    place.error('rule', 'tags come from a file whose name ends in .yaml or .json', 'set filename')
    return
  }
  const { platform } = context
  const tags = readTags(file, platform)
  if (typeof tags === 'string') return place.error('rule', tags)
  replace(tags)
  if (watched?.path !== undefined) watch(watched.path, file, context, replace)
}

function watch(directory: string, file: string, context: FilterContext, replace: (tags: TagTable) => void): void {
  const { platform, stats, logger } = context
  const [succeeded, failed] = [stats.counter('ip_tagging.reload_success'), stats.counter('ip_tagging.reload_error')]
  const reload = (): void => {
    const tags = readTags(file, platform)
    if (typeof tags !== 'string') {
      replace(tags)
      return succeeded.inc()
    }
    failed.inc()
    logger.log('warning', `the tags stay what they were: ${tags}`)
  }
  // Kubernetes changes what is mounted by moving `..data`, which the file is behind.
  for (const name of [file.slice(file.lastIndexOf('/') + 1), '..data'])
    context.onDispose(platform.watchFile(`${directory}/${name}`, reload))
}
