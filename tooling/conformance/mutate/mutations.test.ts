import { envoySchema } from '@nuncio/config'
import { SeededRandom } from '@nuncio/core'
import { honours } from '@nuncio/server'
import { expect, test } from 'vitest'
import { Harvest } from './harvest.ts'
import { blocks, lessened } from './lessen.ts'
import { mutant } from './mutations.ts'
import { placesOf } from './places.ts'
import { writtenOtherwise } from './yaml-texts.ts'

const schema = envoySchema()
const TLS = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext'
const tree = {
  static_resources: {
    clusters: [
      {
        name: 'a',
        connect_timeout: '1s',
        transport_socket: { name: 't', typed_config: { '@type': TLS, sni: 'a.test' } },
      },
    ],
  },
}

test('every field and message of a tree has a place, those in an Any too', () => {
  const { fields, messages } = placesOf(schema, tree)
  expect(fields.map(({ path }) => path.join('.'))).toContain(
    'static_resources.clusters.0.transport_socket.typed_config.sni',
  )
  expect(messages.filter(({ typed }) => typed).map(({ type }) => type.name)).toEqual([TLS.slice(20)])
})

/** What a hundred mutants of a seed change. */
function changes(seed: number): readonly string[] {
  const world = { schema, honours, harvest: new Harvest(schema, [tree]), random: new SeededRandom(seed) }
  const places = placesOf(schema, tree)
  return Array.from({ length: 100 }, () => {
    const made = mutant(world, tree, places)
    if (made !== undefined) expect(made.tree).not.toBe(tree)
    return made?.what ?? ''
  })
}

test('a seed makes the same mutants again, another one others', () => {
  expect(changes(1)).toEqual(changes(1))
  expect(changes(2)).not.toEqual(changes(1))
  expect(new Set(changes(1)).size).toBeGreaterThan(50)
})

test('a file is written in other ways of YAML', () => {
  const random = new SeededRandom(3)
  const ways = Array.from({ length: 100 }, () => writtenOtherwise(tree, random).what)
  expect(new Set(ways).size).toBeGreaterThan(30)
})

test('a tree and a file are made smaller as long as what is asked holds', async () => {
  const hasName = async (smaller: unknown): Promise<boolean> => JSON.stringify(smaller).includes('"name":"a"')
  expect(await lessened<unknown>(tree, hasName)).toEqual({ static_resources: { clusters: [{ name: 'a' }] } })
  const lines = ['a:', '  b: 1', '  c:', '    d: 2', 'e: 3']
  const hasD = async (smaller: readonly string[]): Promise<boolean> => smaller.includes('    d: 2')
  expect(await lessened<readonly string[]>(lines, hasD, blocks)).toEqual(['a:', '  c:', '    d: 2'])
})
