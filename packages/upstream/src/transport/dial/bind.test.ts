import type { Message } from '@nuncio/config'
import { configPlace } from '@nuncio/matching'
import { expect, test } from 'vitest'
import { localBinding } from './bind.ts'

const FIRST = { address: '10.0.0.1', port_value: 0 }
const SECOND = { address: '10.0.0.2', port_value: 0 }
const OTHER = { address: '::1', port_value: 0 }

function problems(config: Message<'envoy.config.core.v3.BindConfig'>): readonly string[] {
  const told: string[] = []
  localBinding(
    config,
    configPlace(config, { report: ({ code }) => void told.push(code), path: 'upstream_bind_config' }),
  )
  return told
}

test.each<[string, Message<'envoy.config.core.v3.BindConfig'>, readonly string[]]>([
  ['nothing', {}, []],
  ['one address', { source_address: FIRST }, []],
  ['one of each family', { source_address: FIRST, extra_source_addresses: [{ address: OTHER }] }, []],
  ['the older spelling', { source_address: FIRST, additional_source_addresses: [OTHER] }, []],
  ['a name', { source_address: { address: 'localhost', port_value: 0 } }, ['malformed-address']],
  ['two of a family', { source_address: FIRST, additional_source_addresses: [SECOND] }, ['conflict']],
  ['no first', { extra_source_addresses: [{ address: OTHER }] }, ['missing-field']],
  [
    'both spellings',
    { source_address: FIRST, extra_source_addresses: [{ address: OTHER }], additional_source_addresses: [OTHER] },
    ['conflict', 'bad-value', 'conflict'],
  ],
])('%s', (_, config, told) => {
  expect(problems(config)).toEqual(told)
})
