import { describe, expect, it } from 'vitest'
import { lint } from '../lint/lint.ts'
import { openConfig } from '../view/config-view.ts'
import { firstFile } from './first-file.ts'
import { fullNames, messageNamed } from './message-names.ts'

describe('messageNamed', () => {
  it('finds types by their last words', () => {
    expect(messageNamed('RouteConfiguration')).toBe('envoy.config.route.v3.RouteConfiguration')
    expect(messageNamed('Listener')).toBe('envoy.config.listener.v3.Listener')
    expect(messageNamed('envoy.config.cluster.v3.Cluster')).toBe('envoy.config.cluster.v3.Cluster')
    expect(messageNamed('HttpConnectionManager')).toMatch(/^envoy\.extensions\..*\.HttpConnectionManager$/)
    expect(() => messageNamed('NoSuchThing')).toThrow('there is no message type NoSuchThing')
  })
})

describe('fullNames', () => {
  it('has messages, enums and fields', () => {
    expect(fullNames('RouteAction.timeout')).toContain('envoy.config.route.v3.RouteAction.timeout')
    expect(fullNames('Cluster.LbPolicy')[1]).toBe('envoy.config.cluster.v3.Cluster.LbPolicy')
  })
})

describe('firstFile', () => {
  it('is a configuration that nothing is wrong with', () => {
    const view = openConfig(firstFile('./schema.json'), { file: 'envoy.yaml' })
    expect(view.problems).toEqual([])
    expect(lint(view)).toEqual([])
    expect(firstFile('./schema.json').split('\n')[0]).toBe('# yaml-language-server: $schema=./schema.json')
  })
})
