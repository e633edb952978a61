import { requestHeaders } from '@nuncio/core'
import { configPlace } from '@nuncio/matching'
import { describe, expect, it } from 'vitest'
import { RetryOn } from '../contracts.ts'
import { compileClusterPolicies } from './cluster-policies.ts'

function compile(config: Parameters<typeof compileClusterPolicies>[0]) {
  const problems: string[] = []
  const place = configPlace(config, { report: ({ code, path }) => problems.push(`${code} ${path}`), path: 'http' })
  return { policies: compileClusterPolicies(config, place), problems }
}

describe('the policies of a cluster', () => {
  it('are none where its HTTP options have none', () => {
    expect(compile({ explicit_http_config: {} }).policies).toBeUndefined()
  })

  it('are those that it names, and no others', () => {
    const { policies } = compile({ retry_policy: { retry_on: '5xx', num_retries: 4 } })
    expect(policies).toMatchObject({ retryPolicy: { on: RetryOn['5xx'], numRetries: 4 } })
    expect(Object.keys(policies!)).toEqual(['retryPolicy'])
  })

  it('may hash and mirror', () => {
    const { policies } = compile({
      hash_policy: [{ header: { header_name: 'x-user' } }],
      request_mirror_policies: [{ cluster: 'copy' }],
    })
    expect(policies!.hashPolicy).toBeDefined()
    expect(policies!.mirrorPolicies!.map((mirror) => mirror.clusterName(requestHeaders([])))).toEqual(['copy'])
  })

  it('have their problems where they stand', () => {
    const retry_policy = { retry_back_off: { base_interval: 100, max_interval: 1 } }
    expect(compile({ retry_policy, request_mirror_policies: [{}] }).problems).toEqual([
      'rule http.retry_policy.retry_back_off.max_interval',
      'oneof-conflict http.request_mirror_policies[0]',
    ])
  })
})
