import { type AdminContext, type AdminEndpoint, jsonResponse, textResponse } from '../endpoint.ts'
import type { CertificateDetailsView, ConfigurationView } from '../view/admin-view.ts'

/** `/ready`: 200 only when the server is live. A header names the configuration: the body is Envoy's, which scripts compare. */
export function readyEndpoint({ view }: AdminContext): AdminEndpoint {
  return {
    path: '/ready',
    help: 'print server state, return 200 if LIVE, otherwise return 503',
    mutates: false,
    handle() {
      const state = view.state()
      const { generation } = view.configuration()
      const headers = [['x-config-generation', String(generation)]] as const
      return { ...textResponse(`${state}\n`, state === 'LIVE' ? 200 : 503), headers }
    },
  }
}

/** `/server_info` */
export function serverInfoEndpoint({ view }: AdminContext): AdminEndpoint {
  return {
    path: '/server_info',
    help: 'print server version/status information',
    mutates: false,
    handle() {
      const info = view.info()
      return jsonResponse({
        version: info.version,
        state: view.state(),
        uptime_current_epoch: `${Math.floor(info.uptimeMs / 1000)}s`,
        uptime_all_epochs: `${Math.floor(info.uptimeAllEpochsMs / 1000)}s`,
        hot_restart_version: info.hotRestartVersion,
        command_line_options: info.commandLineOptions,
        node: info.node,
        configuration: configurationJson(view.configuration()),
        ...info.more,
      })
    },
  }
}

/** Ours: which configuration is in use, and what became of the latest that was given. */
function configurationJson({ generation, appliedAtMs, lastReload }: ConfigurationView): object {
  return {
    generation,
    applied_at: timestamp(appliedAtMs),
    ...(lastReload !== undefined && {
      last_reload: {
        outcome: lastReload.outcome,
        at: timestamp(lastReload.atMs),
        ...(lastReload.errors.length > 0 && { errors: lastReload.errors }),
      },
    }),
  }
}

/** `/hot_restart_version` */
export function hotRestartVersionEndpoint({ view }: AdminContext): AdminEndpoint {
  return {
    path: '/hot_restart_version',
    help: 'print the hot restart compatibility version',
    mutates: false,
    handle: () => textResponse(view.info().hotRestartVersion),
  }
}

/** `/memory`: the proxy's memory in Envoy's words; there is no page heap here, so its numbers are 0. */
export function memoryEndpoint({ view }: AdminContext): AdminEndpoint {
  return {
    path: '/memory',
    help: 'print current allocation/heap usage',
    mutates: false,
    handle() {
      const { heapUsed, heapTotal, external, rss } = view.memory()
      return jsonResponse({
        allocated: String(heapUsed + external),
        heap_size: String(heapTotal + external),
        pageheap_unmapped: '0',
        pageheap_free: '0',
        total_thread_cache: '0',
        total_physical_bytes: String(rss),
      })
    },
  }
}

/** `/certs`: the certificates in use. */
export function certsEndpoint({ time, view }: AdminContext): AdminEndpoint {
  return {
    path: '/certs',
    help: 'print certs on machine',
    mutates: false,
    handle() {
      const now = time.wallMs()
      const details = (each: CertificateDetailsView): object => certificateJson(each, now)
      const certificates = view
        .certificates()
        .map(({ ca, chain }) => ({ ca_cert: ca.map(details), cert_chain: chain.map(details) }))
      return jsonResponse({ certificates })
    },
  }
}

function certificateJson(certificate: CertificateDetailsView, now: number): object {
  const left = Math.floor((certificate.validToMs - now) / 86_400_000)
  return {
    path: certificate.path,
    serial_number: certificate.serialNumber,
    subject_alt_names: certificate.subjectAltNames,
    days_until_expiration: String(Math.max(0, left)),
    valid_from: timestamp(certificate.validFromMs),
    expiration_time: timestamp(certificate.validToMs),
  }
}

function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}

/** `/init_dump`: what the server still waits for. */
export function initDumpEndpoint({ view }: AdminContext): AdminEndpoint {
  return {
    path: '/init_dump',
    help: 'dump what initialization still waits for',
    mutates: false,
    handle() {
      const dumps = view.unreadyTargets().map(({ name, targets }) => ({ name, target_names: targets }))
      return jsonResponse(dumps.length === 0 ? {} : { unready_targets_dumps: dumps })
    },
  }
}

/** `/contention`: there are no mutexes to contend for. */
export function contentionEndpoint(): AdminEndpoint {
  return {
    path: '/contention',
    help: 'dump mutex contention statistics (nuncio has no mutexes)',
    mutates: false,
    handle: () => textResponse('Mutex contention tracing is not enabled: nuncio has no mutexes.\n'),
  }
}
