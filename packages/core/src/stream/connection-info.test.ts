import { expect, test } from 'vitest'
import { connectionInfo } from './connection-info.ts'

test('a connection of which nothing is known leads nowhere, over TCP', () => {
  const { remote, directRemote, local, tls, serverName } = connectionInfo()
  const nowhere = { address: '127.0.0.1', port: 0 }
  expect({ remote, directRemote, local, tls, serverName }).toEqual({
    remote: nowhere,
    directRemote: nowhere,
    local: nowhere,
    tls: undefined,
    serverName: '',
  })
})

test('who the peer is says who the peer of the socket is, unless that is somebody else', () => {
  const remote = { address: '10.0.0.1', port: 1 }
  const proxy = { address: '10.0.0.2', port: 2 }
  expect(connectionInfo({ remote }).directRemote).toBe(remote)
  expect(connectionInfo({ remote, directRemote: proxy }).directRemote).toBe(proxy)
})
