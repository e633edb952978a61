import { routesIn } from '../common.ts'
import type { LintRule } from '../rule.ts'

export const grpcDefaultTimeout: LintRule = {
  code: 'grpc-default-timeout',
  severity: 'info',
  title: 'A gRPC or upgrade route with the default timeout of 15 seconds.',
  why: 'The timeout of a route counts until the response is complete, streams included, and it is 15 seconds when none is given. For gRPC set `max_stream_duration: { grpc_timeout_header_max: 0s }` to honour the deadline of the client, or `timeout: 0s`.',
  check({ view, say }) {
    for (const { route } of routesIn(view)) {
      const action = route.route
      if (
        action === undefined ||
        action.timeout !== undefined ||
        action.max_stream_duration !== undefined ||
        action.max_grpc_timeout !== undefined
      )
        continue
      if (route.match?.grpc !== undefined)
        say(
          action,
          undefined,
          'gRPC streams on this route end after 15 seconds, the default timeout',
          'set timeout: 0s, or max_stream_duration with grpc_timeout_header_max',
        )
    }
  },
}
