import type { Message } from '@nuncio/config'
import { NuncioError } from '@nuncio/core'
import type { Bootstrap } from './load-configuration.ts'
import type { ServerOptions } from './options.ts'

type Address = Message<'envoy.config.core.v3.Address'>
type Listener = Message<'envoy.config.listener.v3.Listener'>
type Cluster = Message<'envoy.config.cluster.v3.Cluster'>

/** What `ports` and `endpoints` make of a bootstrap. */
export function overridden(bootstrap: Bootstrap, options: Pick<ServerOptions, 'ports' | 'endpoints'>): Bootstrap {
  const ported = options.ports === 'ephemeral' ? withEphemeralPorts(bootstrap) : bootstrap
  return options.endpoints === undefined ? ported : withEndpoints(ported, options.endpoints)
}

/** A bootstrap whose listeners and admin take free ports. */
function withEphemeralPorts(bootstrap: Bootstrap): Bootstrap {
  const resources = bootstrap.static_resources
  return {
    ...bootstrap,
    ...(bootstrap.admin?.address !== undefined && {
      admin: { ...bootstrap.admin, address: ephemeral(bootstrap.admin.address) },
    }),
    ...(resources !== undefined && {
      static_resources: { ...resources, listeners: (resources.listeners ?? []).map(listenerOnFreePort) },
    }),
  }
}

function listenerOnFreePort(listener: Listener): Listener {
  const { address, additional_addresses: more } = listener
  return {
    ...listener,
    ...(address !== undefined && { address: ephemeral(address) }),
    ...(more !== undefined && {
      additional_addresses: more.map((one) =>
        one.address === undefined ? one : { ...one, address: ephemeral(one.address) },
      ),
    }),
  }
}

function ephemeral(address: Address): Address {
  if (address.socket_address === undefined) return address
  const written = address.socket_address.address ?? ''
  const loopback = written.startsWith('127.') ? written : '127.0.0.1'
  return { socket_address: { ...address.socket_address, address: loopback, port_value: 0 } }
}

/** A bootstrap whose named clusters have these endpoints (`host:port` or `http://host:port`) and no others. */
function withEndpoints(bootstrap: Bootstrap, endpoints: Readonly<Record<string, readonly string[]>>): Bootstrap {
  const resources = bootstrap.static_resources ?? {}
  const known = new Set((resources.clusters ?? []).map((cluster) => cluster.name))
  const missing = Object.keys(endpoints).find((name) => !known.has(name))
  if (missing !== undefined)
    throw new NuncioError('ERR_NUNCIO_ENDPOINTS', `there is no cluster ${missing} to give endpoints to`)
  const clusters = (resources.clusters ?? []).map((cluster) => replaced(cluster, endpoints[cluster.name ?? '']))
  return { ...bootstrap, static_resources: { ...resources, clusters } }
}

function replaced(cluster: Cluster, endpoints: readonly string[] | undefined): Cluster {
  if (endpoints === undefined) return cluster
  const lb_endpoints = endpoints.map((text) => {
    const match = /^(?:https?:\/\/)?(\[[^\]]+\]|[^:/]+):(\d+)\/?$/.exec(text)
    if (match === null) throw new NuncioError('ERR_NUNCIO_ENDPOINTS', `${text} is not host:port`)
    const address = match[1]!.replace(/^\[|\]$/g, '').replace(/^localhost$/, '127.0.0.1')
    return { endpoint: { address: { socket_address: { address, port_value: Number(match[2]) } } } }
  })
  const { cluster_type: _type, ...rest } = cluster
  return {
    ...rest,
    type: 'STATIC',
    load_assignment: { cluster_name: cluster.name ?? '', endpoints: [{ lb_endpoints }] },
  }
}
