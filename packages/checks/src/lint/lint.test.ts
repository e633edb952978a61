import { describe, expect, it } from 'vitest'
import { bootstrap, routes, viewOf } from '../testing/yaml.ts'
import { formatFindings } from './format-lint.ts'
import { lint, lintRules } from './lint.ts'

const OPEN = bootstrap({ rest: 'admin: { address: { socket_address: { address: 0.0.0.0, port_value: 9901 } } }' })

describe('lint', () => {
  it('has a text for each rule, under a code of its own', () => {
    expect(lintRules.size).toBeGreaterThanOrEqual(31)
    for (const [code, rule] of lintRules) {
      expect(code).toMatch(/^[a-z][a-z0-9-]*$/)
      expect(rule.title).toMatch(/\.$/)
      expect(rule.why.length).toBeGreaterThan(60)
    }
  })

  it('finds nothing in a file that has nothing to find', () => {
    expect(lint(viewOf(bootstrap()))).toEqual([])
  })

  it('runs only the rules that are asked for, and none that are switched off', () => {
    expect(lint(viewOf(OPEN)).map(({ code }) => code)).toEqual(['admin-open'])
    expect(lint(viewOf(OPEN), { disable: ['admin-open'] })).toEqual([])
    expect(lint(viewOf(OPEN), { only: ['missing-cluster'] })).toEqual([])
    expect(() => lint(viewOf(OPEN), { only: ['no-such-rule'] })).toThrow('there is no lint rule no-such-rule')
  })

  it('is switched off by comments, for the next line, the line, or the file', () => {
    const multi = (comment: string, own = ''): string =>
      `admin:\n  address:\n    socket_address:\n      ${comment}\n      address: 0.0.0.0${own}\n      port_value: 9901\n`
    expect(lint(viewOf(multi('# why'))).map(({ line }) => line)).toEqual([5])
    expect(lint(viewOf(multi('# nuncio-lint-disable-next-line admin-open')))).toEqual([])
    expect(lint(viewOf(multi('# nuncio-lint-disable-next-line')))).toEqual([])
    expect(lint(viewOf(multi('# nuncio-lint-disable-next-line other-rule')))).toHaveLength(1)
    expect(lint(viewOf(multi('# x', ' # nuncio-lint-disable-line admin-open')))).toEqual([])
    expect(lint(viewOf(`# nuncio-lint-disable-file admin-open\n${multi('# x')}`))).toEqual([])
  })

  it('gives findings with place and path, in the order of the file', () => {
    const yaml = routes(`
      - match: { prefix: api }
        route: { cluster: a, prefix_rewrite: / }`)
    expect(
      lint(viewOf(yaml)).map(({ code, severity, path, line, column }) => ({ code, severity, path, line, column })),
    ).toEqual([
      {
        code: 'impossible-match',
        severity: 'warning',
        path: 'virtual_hosts[0].routes[0].match.prefix',
        line: 6,
        column: 14,
      },
      {
        code: 'rewrite-slashes',
        severity: 'warning',
        path: 'virtual_hosts[0].routes[0].route.prefix_rewrite',
        line: 7,
        column: 26,
      },
    ])
  })

  it('tells code scanning what each rule is about', () => {
    const view = viewOf(OPEN)
    const log = JSON.parse(formatFindings('sarif', lint(view), view.texts)) as {
      runs: { tool: { driver: { rules: { id: string; helpUri: string; shortDescription: { text: string } }[] } } }[]
    }
    const rule = log.runs[0]!.tool.driver.rules[0]!
    expect(rule.id).toBe('admin-open')
    expect(rule.shortDescription.text).toBe('The admin interface is open to other machines.')
    expect(rule.helpUri).toMatch(/docs\/tools\/lint\.md#admin-open$/)
  })
})
