import { utf8Bytes } from '@nuncio/core'
import { noPlatform, type Platform } from '@nuncio/filter-chain'
import { FilterBench } from '@nuncio/filter-chain/testing'
import { describe, expect, test } from 'vitest'
import { ipTagging } from './index.ts'

const FILE = 'ip_tags: [{ ip_tag_name: NAME, ip_list: [{ address_prefix: 10.0.0.0, prefix_len: 8 }] }]'

/** A machine with one file, which can be changed. */
class Machine {
  text: string | undefined
  readonly watched = new Map<string, () => void>()
  constructor(text: string | undefined) {
    this.text = text
  }
  get platform(): Platform {
    return {
      ...noPlatform('ERR_NUNCIO_TEST_PLATFORM', 'not here', ''),
      readFile: () => {
        if (this.text === undefined) throw new Error('ENOENT')
        return utf8Bytes(this.text)
      },
      watchFile: (path, onChange) => {
        this.watched.set(path, onChange)
        return () => void this.watched.delete(path)
      },
    }
  }
  bench(source: string): FilterBench {
    const remote = { address: '10.1.1.1', port: 1 }
    return new FilterBench(ipTagging, {
      config: `ip_tags_datasource: { ${source} }`,
      platform: this.platform,
      connection: { remote, directRemote: remote },
    })
  }
}
const tagOf = async (bench: FilterBench): Promise<string | undefined> =>
  (await bench.run()).upstream?.headers.find(([name]) => name === 'x-envoy-ip-tags')?.[1]

describe('ip_tags_datasource', () => {
  test('has the tags in a file', async () => {
    const machine = new Machine(FILE)
    expect(await tagOf(machine.bench('filename: /etc/tags.yaml'))).toBe('NAME')
    expect([...machine.watched.keys()]).toEqual([])
  })

  test('takes over a file that changes in the folder that is watched, but none with a mistake', async () => {
    const machine = new Machine(FILE)
    const bench = machine.bench('filename: /etc/tags/tags.yaml, watched_directory: { path: /etc/tags }')
    expect([...machine.watched.keys()]).toEqual(['/etc/tags/tags.yaml', '/etc/tags/..data'])
    machine.text = FILE.replace('NAME', 'other')
    machine.watched.get('/etc/tags/..data')!()
    expect(await tagOf(bench)).toBe('other')
    for (const text of ['nonsense: 1', FILE.replace('10.0.0.0', 'nowhere'), undefined]) {
      machine.text = text
      machine.watched.get('/etc/tags/tags.yaml')!()
    }
    expect(await tagOf(bench)).toBe('other')
    const counters = ['reload_success', 'reload_error'].map((name) =>
      bench.stats.counter(`http.test.ip_tagging.${name}`),
    )
    expect(counters.map(({ value }) => value)).toEqual([1, 3])
  })

  test.each([
    ['filename: /etc/tags.txt', FILE, 'tags come from a file whose name ends in .yaml or .json'],
    ['filename: /etc/tags.yaml', undefined, 'the file cannot be read: Error: ENOENT'],
    [
      'filename: /etc/tags.yaml',
      FILE.replace('10.0.0.0', 'nowhere'),
      '/etc/tags.yaml: nowhere/8 is no range of addresses',
    ],
  ])('refuses %s with %j', (source, text, problem) => {
    expect(new Machine(text).bench(source).problems).toEqual([problem])
  })

  test('is refused beside ip_tags', () => {
    const config = `{ ${FILE}, ip_tags_datasource: { filename: /etc/a.yaml } }`
    const { problems } = new FilterBench(ipTagging, { config, platform: new Machine(FILE).platform })
    expect(problems).toEqual(['tags come from either ip_tags or ip_tags_datasource'])
  })
})
