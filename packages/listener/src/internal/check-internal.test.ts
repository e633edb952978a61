import type { Message } from '@nuncio/config'
import { expect, test } from 'vitest'
import { checkInternal } from './check-internal.ts'

type Config = Message<'envoy.config.listener.v3.Listener'>

function said(config: Partial<Config>): string[] {
  const out: string[] = []
  checkInternal(config, 'l', ({ code, path }) => void out.push(`${code} ${path}`))
  return out
}

test('an internal listener needs a name', () => {
  expect(said({ name: 'a' })).toEqual([])
  expect(said({})).toEqual(['missing-field l'])
})

test('what only a socket can have is refused beside internal_listener', () => {
  expect(said({ name: 'a', tcp_backlog_size: 4, enable_reuse_port: true })).toEqual([
    'conflict l.enable_reuse_port',
    'conflict l.tcp_backlog_size',
  ])
})
