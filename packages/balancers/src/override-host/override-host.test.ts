import { PlainContext } from '@nuncio/cluster'
import { testHosts } from '@nuncio/cluster/testing'
import { RequestHeaderTable, type StreamInfo } from '@nuncio/core'
import { describe, expect, it } from 'vitest'
import { balancerFor, type BalancerOptions, conformanceCases, typedPolicy } from '../testing/index.ts'

const fallback_policy = typedPolicy('round_robin.v3.RoundRobin').load_balancing_policy
const sources = [{ header: 'X-Hosts' }, { metadata: { key: 'picker', path: [{ key: 'hosts' }] } }]
const policy = (fields: object) => typedPolicy('override_host.v3.OverrideHost', fields)
const make = (options: BalancerOptions = {}) =>
  balancerFor({ ...options, config: policy({ override_host_sources: sources, fallback_policy }) })

function contextOf(header?: string, metadata?: string): PlainContext {
  const context = new PlainContext()
  const headers = new RequestHeaderTable()
  if (header !== undefined) headers.append('x-hosts', header)
  context.headers = headers
  const fields = new Map([['picker', { hosts: metadata }]])
  context.info = { metadata: fields } as unknown as StreamInfo
  return context
}

describe('override host', () => {
  it.each(conformanceCases(make))('$name', ({ run }) => expect(run).not.toThrow())

  it('goes to the named hosts, one a try, and then by the fallback policy', () => {
    const { update, ports } = make()
    update(testHosts(4))
    const context = contextOf('127.0.0.1:83, 10.9.9.9:1,127.0.0.1:81', '127.0.0.1:82')
    const tries = [0, 1, 2, 3, 4].map((attempt) => {
      context.attempt = attempt
      return ports(1, context)[0]
    })
    expect(tries).toEqual([83, 81, 82, 80, 81])
  })

  it('reads metadata when there is no header', () => {
    const { update, ports } = make()
    update(testHosts(4))
    expect(ports(2, contextOf(undefined, '127.0.0.1:82'))).toEqual([82, 82])
    expect(ports(1, contextOf())).toEqual([80])
  })

  it('uses a named host even when it is unhealthy, as Envoy does', () => {
    const { update, ports } = make()
    update(testHosts([{}, { health: 'unhealthy' }]))
    expect(ports(1, contextOf('127.0.0.1:81'))).toEqual([81])
  })

  it('explains where the name came from', () => {
    const { update, balancer } = make()
    update(testHosts(2))
    const story = balancer.explain!(contextOf('127.0.0.1:81'))
    expect(story.chosen).toBe('127.0.0.1:81')
    expect(story.steps[0]).toBe('header x-hosts: 127.0.0.1:81')
  })

  it.each([
    [{ fallback_policy }, ['missing-field']],
    [{ fallback_policy, override_host_sources: [{}] }, ['bad-value']],
    [{ override_host_sources: sources }, ['unknown-policy', 'unknown-policy']],
  ])('refuses %j', (fields, codes) => {
    expect(balancerFor({ config: policy(fields) }).problems.map((problem) => problem.code)).toEqual(codes)
  })
})

function session(address: string, strict = false): PlainContext {
  const context = new PlainContext()
  context.overrideHost = address
  context.overrideStrict = strict
  return context
}

describe('the override host of a stateful session', () => {
  it('is used without balancing when it is a member in an allowed state', () => {
    const { update, ports } = balancerFor()
    update(testHosts([{}, { health: 'degraded' }, { health: 'unhealthy' }]))
    expect(ports(2, session('127.0.0.1:81'))).toEqual([81, 81])
    expect(ports(1, session('127.0.0.1:82'))).toEqual([80])
    expect(ports(1, session('127.0.0.1:82', true))).toEqual([-1])
    expect(ports(1, session('10.0.0.1:82', true))).toEqual([-1])
  })

  it('may be in another state when override_host_status says so', () => {
    const statuses = { override_host_status: { statuses: ['UNHEALTHY'] } } as const
    const { update, ports } = balancerFor({ config: { common_lb_config: statuses } })
    update(testHosts([{}, {}, { health: 'unhealthy' }]))
    expect(ports(1, session('127.0.0.1:82'))).toEqual([82])
    expect(ports(1, session('127.0.0.1:81', true))).toEqual([-1])
  })

  it('is explained', () => {
    const { update, balancer } = balancerFor()
    update(testHosts([{}, { health: 'unhealthy' }]))
    expect(balancer.explain!(session('127.0.0.1:81')).steps[0]).toBe(
      'override host 127.0.0.1:81: its status UNHEALTHY is not allowed; the policy chooses',
    )
    expect(balancer.explain!(session('127.0.0.1:99', true)).chosen).toBeUndefined()
    expect(balancer.explain!(session('127.0.0.1:80')).chosen).toBe('127.0.0.1:80')
  })
})
