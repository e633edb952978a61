import { describe, expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import { bootstrap } from '../test-support/bootstrap.ts'
import { exchange, get, ok, RawOrigin } from '../test-support/raw-origin.ts'

const SCORE = `
load_balancing_policy:
  policies:
    - typed_extension_config:
        name: nuncio.load_balancing_policies.score
        typed_config:
          '@type': type.googleapis.com/nuncio.load_balancing_policies.score.v1.Score
          pick: BEST
          terms: [{ name: active_requests, weight: 2 }, { name: latency_ewma, weight: 0.05 }, { name: turn, weight: 0.5 }]`
const RING = `
lb_policy: RING_HASH
outlier_detection: { consecutive_5xx: 1, max_ejection_percent: 100 }`
const HASHED = '- match: { prefix: / }\n  route: { cluster: app, hash_policy: [{ header: { header_name: x-user } }] }'

async function ask(server: Awaited<ReturnType<typeof createServer>>, path: string, post = false): Promise<string> {
  const { port } = server.admin!
  return await (await fetch(`http://127.0.0.1:${port}${path}`, { method: post ? 'POST' : 'GET' })).text()
}

interface Story {
  readonly steps: readonly string[]
  readonly candidates: readonly { readonly host: string; readonly excluded?: string }[]
  readonly chosen?: string
}

describe('the admin', () => {
  test('shows the terms of each host, whose weighted sum is the score that the next pick uses', async () => {
    await using a = await RawOrigin.start((socket) => socket.write(ok('a')))
    await using b = await RawOrigin.start((socket) => socket.write(ok('b')))
    await using server = await createServer(bootstrap({ cluster: SCORE }), {
      endpoints: { app: [a.address, b.address] },
    })
    for (let i = 0; i < 8; i++) {
      await exchange(server.listeners[0]!.port, get('/'))
      if (i === 3) expect(await ask(server, '/balancers/weights?cluster=app&turn=3', true)).toBe('OK\n')
      if (i === 5) await ask(server, '/runtime_modify?score.app.active_requests.weight=7', true)
      const { balancers } = JSON.parse(await ask(server, '/balancers?cluster=app&format=json')) as {
        balancers: { score: { weights: Record<string, { weight: number; from: string }>; hosts: Row[] } }[]
      }
      const { weights, hosts } = balancers[0]!.score
      expect(weights['turn']).toMatchObject({ weight: i < 3 ? 0.5 : 3, from: i < 3 ? 'configuration' : 'set' })
      expect(weights['active_requests']!.weight).toBe(i < 5 ? 2 : 7)
      for (const { values, score } of hosts) {
        const sum = Object.entries(values).reduce((total, [name, value]) => total + weights[name]!.weight * value, 0)
        expect(sum).toBeCloseTo(score, 9)
      }
    }
    expect(await ask(server, '/balancers/weights?cluster=app&other=3', true)).toContain("no term 'other'")
  })

  test('tells which header gave the hash, who owns its place, and until when a host is ejected', async () => {
    await using good = await RawOrigin.start((socket) => socket.write(ok('good')))
    await using bad = await RawOrigin.start((socket) => socket.write('HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n'))
    await using server = await createServer(bootstrap({ cluster: RING, routes: HASHED }), {
      endpoints: { app: [good.address, bad.address] },
    })
    await ask(server, '/runtime_modify?balancers.log_picks=100', true)
    const question = (user: number) => `/balancers/explain?url=http://a/&headers=x-user:${user}`
    for (let user = 0; user < 12; user++) {
      const told = JSON.parse(await ask(server, question(user))) as Story
      expect(told.steps).toContain(`hash policies of the route: header x-user: ${user}`)
      await exchange(server.listeners[0]!.port, get('/', `x-user: ${user}\r\n`))
      const { picks } = JSON.parse(await ask(server, '/balancers/picks?cluster=app')) as { picks: Story[] }
      expect(picks[0]!.chosen).toBe(told.chosen)
    }
    const told = JSON.parse(await ask(server, question(1))) as Story
    expect(told.candidates.find(({ host }) => host === bad.address)!.excluded).toMatch(
      /failed_outlier_check, ejected until \d{4}-\d\d-\d\dT/,
    )
    expect(await ask(server, '/balancers/explain?cluster=none')).toBe("there is no cluster 'none'\n")
  })
})

interface Row {
  readonly values: Readonly<Record<string, number>>
  readonly score: number
}
