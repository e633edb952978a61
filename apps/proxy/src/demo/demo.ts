import { NuncioError } from '@nuncio/core'
import { createServer } from '@nuncio/server'
import { readFileSync } from 'node:fs'
import type { Values } from '../cli/arguments.ts'
import { makeLogger } from '../cli/logger.ts'
import { printProblems } from '../cli/print-problems.ts'
import { untilStopped } from '../cli/signals.ts'
import { VERSION } from '../cli/version.ts'
import { startDemoServices } from './services.ts'

const PORT = 10_000
const ADMIN_PORT = 9901

/** The ports of the quickstart file, replaced by those that are used now. */
function quickstart(port: number, services: readonly { readonly port: number }[]): string {
  // The published package carries the file beside its code; in the repository it is the example itself.
  const text = readFirst(['../../quickstart.yaml', '../../../../examples/quickstart/envoy.yaml'])
  const ports = new Map([
    [PORT, port],
    [ADMIN_PORT, port === PORT ? ADMIN_PORT : port + 1],
    ...services.map((service, i) => [PORT + 1 + i, service.port] as const),
  ])
  return text.replace(
    /port_value: (\d+)/g,
    (all, number: string) => `port_value: ${ports.get(Number(number)) ?? all.slice(12)}`,
  )
}

function readFirst(candidates: readonly string[]): string {
  for (const candidate of candidates) {
    try {
      return readFileSync(new URL(candidate, import.meta.url), 'utf8')
    } catch {
      // the next place
    }
  }
  throw new NuncioError('ERR_NUNCIO_DEMO', 'the configuration of the demonstration is missing')
}

/** Three small services in this process and the proxy in front of them. */
export async function runDemo(values: Values): Promise<number> {
  const port = values.port === undefined ? PORT : Number(values.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_534)
    throw new NuncioError('ERR_NUNCIO_DEMO', `--port ${values.port ?? ''} is not a port`)
  const services = await startDemoServices()
  try {
    const server = await createServer(quickstart(port, services), {
      file: 'examples/quickstart/envoy.yaml',
      logger: makeLogger({ 'log-level': 'warning', ...values }),
      version: VERSION,
      onProblems: printProblems,
    }).catch((error: unknown) => {
      throw portHint(error, port)
    })
    const main = server.listeners[0]!
    process.stdout.write(welcome(main.port, server.admin?.port ?? 0))
    return await untilStopped(server, 5000)
  } finally {
    await Promise.all(services.map((service) => service[Symbol.asyncDispose]()))
  }
}

function portHint(error: unknown, port: number): unknown {
  if (!(error instanceof NuncioError) || error.code !== 'ERR_NUNCIO_ADDRESS_IN_USE') return error
  return new NuncioError(error.code, error.message, {
    hint: `something listens on port ${port} (or ${port + 1}) already; npm start -- --port 12000 takes another`,
    cause: error,
  })
}

function welcome(port: number, admin: number): string {
  return `nuncio ${VERSION} is listening on http://127.0.0.1:${port}, admin on http://127.0.0.1:${admin}

Try:
  curl http://127.0.0.1:${port}/                         three services in turn
  curl -H 'x-version: canary' http://127.0.0.1:${port}/  a route by header: always gamma
  curl http://127.0.0.1:${admin}/clusters               what the proxy knows of its hosts

Ctrl-C stops.
`
}
