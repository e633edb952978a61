import { isMessage, type Message } from '@nuncio/config'
import { quoted } from '@nuncio/matching'
import type { LintRule } from '../rule.ts'

type HttpFilter = Message<'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter'>

export const buffersEventStream: LintRule = {
  code: 'buffers-event-stream',
  severity: 'warning',
  title: 'A filter that holds streams back until they are complete.',
  why: 'Server-sent events, gRPC streams and the tokens of language models are worth something when they arrive one by one. A filter that collects bodies delivers them all at the end, or fails at its limit. Switch it off for the routes that stream with `typed_per_filter_config`.',
  check({ view, say }) {
    for (const { config } of view.managers) {
      for (const filter of config.http_filters ?? []) {
        const why = filter.disabled === true ? undefined : heldBack(filter)
        if (why !== undefined)
          say(
            filter,
            'name',
            `the filter ${quoted(filter.name ?? '')} ${why}`,
            'switch it off for routes that stream: typed_per_filter_config with disabled: true',
          )
      }
    }
  },
}

/** What a filter does to streams; undefined when nothing. */
function heldBack({ typed_config: config }: HttpFilter): string | undefined {
  if (isMessage(config, 'envoy.extensions.filters.http.buffer.v3.Buffer'))
    return 'waits for the whole request: uploads and gRPC streams do not get through until they end'
  if (isMessage(config, 'envoy.extensions.filters.http.file_system_buffer.v3.FileSystemBufferFilterConfig'))
    return 'collects bodies on disk: streams may arrive all at once'
  if (isMessage(config, 'envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor')) {
    const { response_body_mode: response, request_body_mode: request } = config.processing_mode ?? {}
    if (response === 'BUFFERED' || response === 'BUFFERED_PARTIAL')
      return `collects response bodies (response_body_mode: ${response}): events arrive all at once`
    if (request === 'BUFFERED' || request === 'BUFFERED_PARTIAL')
      return `collects request bodies (request_body_mode: ${request})`
  }
  if (
    isMessage(config, 'envoy.extensions.filters.http.ext_authz.v3.ExtAuthz') &&
    config.with_request_body !== undefined &&
    config.with_request_body.allow_partial_message !== true
  ) {
    return 'waits for the whole request body (with_request_body without allow_partial_message)'
  }
  return undefined
}
