import type { Problem } from '@nuncio/config'
import { describe, expect, it } from 'vitest'
import { testHosts } from '../testing/index.ts'
import { createHostPredicate } from './host-predicates.ts'
import { PreviousPriorities } from './previous-priorities.ts'

function predicate(type: string, fields: object = {}) {
  const problems: Problem[] = []
  const config = { '@type': `envoy.extensions.retry.host.${type}`, ...fields }
  return { made: createHostPredicate(config, { report: (problem) => problems.push(problem) }), problems }
}

const lb = (fields: Record<string, unknown>) => ({ metadata: { 'envoy.lb': fields } })

describe('retry host predicates', () => {
  it('previous_hosts rejects hosts that were tried', () => {
    const [a, b] = testHosts(2)
    const { made } = predicate('previous_hosts.v3.PreviousHostsPredicate')
    expect([made!.rejects(a!, [a!]), made!.rejects(b!, [a!])]).toEqual([true, false])
  })

  it('omit_canary_hosts rejects canaries', () => {
    const [plain, canary] = testHosts([{}, lb({ canary: true })])
    const { made } = predicate('omit_canary_hosts.v3.OmitCanaryHostsPredicate')
    expect([made!.rejects(plain!, []), made!.rejects(canary!, [])]).toEqual([false, true])
  })

  it('omit_host_metadata rejects hosts with all of the labels', () => {
    const hosts = testHosts([{}, lb({ stage: 'old' }), lb({ stage: 'old', v: [1, 2] }), lb({ stage: 'new', v: 2 })])
    const match = { metadata_match: { filter_metadata: { 'envoy.lb': { stage: 'old', v: 2 } } } }
    const { made } = predicate('omit_host_metadata.v3.OmitHostMetadataConfig', match)
    expect(hosts.map((host) => made!.rejects(host, []))).toEqual([false, false, true, false])
    const none = predicate('omit_host_metadata.v3.OmitHostMetadataConfig').made!
    expect(hosts.some((host) => none.rejects(host, []))).toBe(false)
  })

  it('reports a predicate that nobody knows', () => {
    const { made, problems } = predicate('other.v3.Other')
    expect([made, problems.map((problem) => problem.code)]).toEqual([undefined, ['unsupported']])
  })
})

describe('previous priorities', () => {
  it('are avoided after so many tries, until all were tried', () => {
    const hosts = [0, 0, 1, 1, 0, 0].map((priority) => testHosts([{ priority }])[0]!)
    const previous = new PreviousPriorities(2)
    const seen = hosts.map((host) => {
      previous.onHostTried(host, 2)
      return previous.tried?.slice()
    })
    expect(seen).toEqual([undefined, [0], [0], undefined, undefined, [0]])
  })
})
