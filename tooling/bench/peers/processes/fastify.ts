// The npm package @fastify/http-proxy with its own choices of HTTP client, and least connections.
import { randomUUID } from 'node:crypto'
import httpProxy from '@fastify/http-proxy'
import fastify, { type FastifyInstance } from 'fastify'
import { leastActive, readSetup, type Upstream } from '../node-setup.ts'

const { port, upstreams, tls, protocol } = readSetup()
const options = { keepAliveTimeout: 3_600_000, logger: false, exposeHeadRoutes: false }
const app = (tls ? fastify({ ...options, https: tls }) : fastify(options)) as FastifyInstance
const chosen = new WeakMap<object, Upstream>()

app.addHook('onResponse', async (request) => {
  const upstream = chosen.get(request)
  if (upstream) upstream.active--
})
await app.register(httpProxy, {
  upstream: '',
  replyOptions: {
    getUpstream(request) {
      const upstream = leastActive(upstreams)
      upstream.active++
      chosen.set(request, upstream)
      return upstream.url
    },
    rewriteRequestHeaders(request, headers) {
      const before = headers['x-forwarded-for']
      const address = request.socket.remoteAddress ?? ''
      return {
        ...headers,
        'x-forwarded-for': [before, address].flat().filter(Boolean).join(', '),
        'x-forwarded-proto': protocol,
        'x-request-id': headers['x-request-id'] ?? randomUUID(),
      }
    },
  },
})
await app.listen({ port, host: '127.0.0.1', backlog: 4096 })
