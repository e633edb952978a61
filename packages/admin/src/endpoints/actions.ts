import { type AdminContext, type AdminEndpoint, type AdminParam, type AdminRequest, textResponse } from '../endpoint.ts'

/** The `POST` endpoints that do one thing and answer `OK`. */
export function actionEndpoints({ view: { actions } }: AdminContext): AdminEndpoint[] {
  return [
    {
      path: '/quitquitquit',
      help: 'exit the server',
      mutates: true,
      // The answer goes out first.
      handle: () => ({ ...textResponse('OK\n'), afterwards: () => actions.quit() }),
    },
    action('/reset_counters', 'reset all counters to zero', () => actions.resetCounters()),
    action('/healthcheck/fail', 'cause the server to fail health checks', () => actions.failHealthChecks(true)),
    action('/healthcheck/ok', 'cause the server to pass health checks', () => actions.failHealthChecks(false)),
    action('/reopen_logs', 'reopen access logs', () => actions.reopenLogs()),
    action('/drain_listeners', 'drain listeners', ({ params }) => actions.drainListeners({
      graceful: params.has('graceful'),
      skipExit: params.has('skip_exit'),
      inboundOnly: params.has('inboundonly'),
    }), DRAIN_PARAMS),
  ] // prettier-ignore
}

const DRAIN_PARAMS: readonly AdminParam[] = [
  { name: 'graceful', help: 'Let connections finish for the drain time before listeners close', kind: 'flag' },
  { name: 'skip_exit', help: 'Drain connections but keep listening', kind: 'flag' },
  { name: 'inboundonly', help: 'Only listeners whose traffic_direction is INBOUND', kind: 'flag' },
]

function action(
  path: string,
  help: string,
  act: (request: AdminRequest) => void,
  params: readonly AdminParam[] = [],
): AdminEndpoint {
  return {
    path,
    help,
    mutates: true,
    params,
    handle(request) {
      act(request)
      return textResponse('OK\n')
    },
  }
}
