import { createServer, type Server } from '@nuncio/server'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { writeCertificates } from './certificates.ts'
import { type Endpoint, type ExampleRequest, type Seen, send, startEndpoint } from './support.ts'

const here = import.meta.dirname
const examples = readdirSync(here, { withFileTypes: true }).filter(
  (entry) => entry.isDirectory() && existsSync(path.join(here, entry.name, 'envoy.yaml')),
)

/** Where clients of examples go that may go anywhere: an endpoint of the test stands there. */
const ORIGIN = 'localhost:9001'

interface ExampleCluster {
  readonly name: string
  /** How many endpoints must be started for it. */
  readonly size: number
  readonly secure: boolean
}

function clustersOf(text: string): readonly ExampleCluster[] {
  const clusters =
    (
      parse(text) as {
        static_resources?: {
          clusters?: {
            name: string
            transport_socket?: object
            load_assignment?: { endpoints?: { lb_endpoints?: { endpoint?: { address?: Address } }[] }[] }
          }[]
        }
      }
    ).static_resources?.clusters ?? []
  return clusters.map((cluster) => {
    const ends = (cluster.load_assignment?.endpoints ?? []).flatMap((group) => group.lb_endpoints ?? [])
    // A Unix socket is one of the example's own listeners.
    const reached = ends.filter(({ endpoint }) => endpoint?.address?.pipe === undefined)
    const speaksTls = reached.some(
      ({ endpoint }) => (endpoint?.address?.socket_address?.port_value ?? 0) % 1000 === 443,
    )
    return { name: cluster.name, size: reached.length, secure: cluster.transport_socket !== undefined || speaksTls }
  })
}

interface Address {
  readonly socket_address?: { readonly port_value?: number }
  readonly pipe?: object
}

describe.each(examples.map((entry) => entry.name))('examples/%s', (name) => {
  const folder = path.join(here, name)
  const certificates = path.join(mkdtempSync(path.join(tmpdir(), 'nuncio-example-')), 'certs')
  const file = path.join(folder, 'requests.yaml')
  const asked = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const text = readFileSync(path.join(folder, 'envoy.yaml'), 'utf8').replaceAll(`examples/${name}/certs`, certificates)
  const wantsOrigin = asked.includes(ORIGIN)
  /** Where that origin is in truth. */
  let origin = ORIGIN
  const endpoints: Endpoint[] = []
  let server: Server

  beforeAll(async () => {
    const addresses: Record<string, string[]> = {}
    const clusters = clustersOf(text)
    if (text.includes(certificates) || clusters.some(({ secure }) => secure)) writeCertificates(certificates)
    if (wantsOrigin) {
      const endpoint = await startEndpoint('origin', 0)
      endpoints.push(endpoint)
      origin = endpoint.address.replace('127.0.0.1', 'localhost')
    }
    for (const { name: cluster, size, secure } of clusters) {
      const start = (index: number): Promise<Endpoint> =>
        startEndpoint(cluster, index, secure ? certificates : undefined)
      const started = await Promise.all(Array.from({ length: size }, (_, i) => start(i)))
      endpoints.push(...started)
      if (size > 0) addresses[cluster] = started.map((endpoint) => endpoint.address)
    }
    const config = text.replaceAll(ORIGIN, origin)
    server = await createServer(config, {
      file: `examples/${name}/envoy.yaml`,
      node: { address: '192.0.2.1' },
      ports: 'ephemeral',
      endpoints: addresses,
    })
  })
  afterAll(async () => {
    await server.close()
    await Promise.all(endpoints.map((endpoint) => endpoint[Symbol.asyncDispose]()))
    rmSync(path.dirname(certificates), { recursive: true })
  })

  test('has a README and is clean', () => {
    expect(existsSync(path.join(folder, 'README.md'))).toBe(true)
    expect(server.problems.filter((problem) => problem.severity !== 'info')).toEqual([])
  })

  const requests = (parse(asked) ?? []) as ExampleRequest[]
  test.each(requests.map((request) => [request.it, request] as const))('%s', async (_it, written) => {
    const request = JSON.parse(JSON.stringify(written).replaceAll(ORIGIN, origin)) as ExampleRequest
    const listener =
      request.listener === undefined
        ? server.listeners[0]!
        : server.listeners.find(
            (each) => each.name === request.listener && (request.to ?? each.address) === each.address,
          )!
    const seenEndpoints = new Set<string>()
    for (let i = 0; i < (request.times ?? 1); i++) {
      const answer = await send(listener, request, certificates)
      const { expect: wanted } = request
      if (wanted.closed === true) expect(answer).toEqual({ status: undefined, certificate: '', headers: {}, body: '' })
      else expect(answer.status).toBe(wanted.status)
      if (wanted.headers) expect(answer.headers).toMatchObject(wanted.headers)
      if (wanted.body !== undefined) expect(answer.body).toBe(wanted.body)
      if (wanted.contains !== undefined) expect(answer.body).toContain(wanted.contains)
      if (wanted.excludes !== undefined) expect(answer.body).not.toContain(wanted.excludes)
      if (wanted.certificate !== undefined) expect(answer.certificate).toBe(wanted.certificate)
      if (!answer.body.startsWith('{"cluster"')) continue
      const seen = JSON.parse(answer.body) as Seen
      seenEndpoints.add(seen.endpoint)
      if (wanted.upstreamClient !== undefined) expect(seen.client).toBe(wanted.upstreamClient)
      if (wanted.cluster !== undefined) expect(seen.cluster).toBe(wanted.cluster)
      if (wanted.upstreamPath !== undefined) expect(seen.path).toBe(wanted.upstreamPath)
      for (const [header, value] of Object.entries(wanted.upstreamHeaders ?? {}))
        expect(seen.headers[header] ?? null).toBe(value)
    }
    if (request.expect.endpoints !== undefined) expect(seenEndpoints.size).toBe(request.expect.endpoints)
  })
})
