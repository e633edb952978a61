import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { runToEnd } from '../testing/run-binary.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'nuncio-tools-'))

function file(name: string, text: string): string {
  const at = path.join(folder, name)
  writeFileSync(at, text)
  return at
}

const ROUTES = `name: shop
virtual_hosts:
- name: shop
  domains: [shop.example]
  routes:
  - match: { prefix: /cart }
    route: { cluster: cart, prefix_rewrite: /v2/cart }
  - match: { prefix: /cart/old }
    route: { cluster: old }
`
const routes = file('routes.yaml', ROUTES)
const broken = file(
  'broken.yaml',
  ROUTES.replace('prefix: /cart }', 'safe_regex: { regex: "(?=x)" } }').replace('domains', 'domain'),
)

test('a tool whose reader stops reading ends without a word', async () => {
  const child = spawn(process.execPath, [
    '--conditions=@nuncio/source',
    path.join(import.meta.dirname, '../bin.ts'),
    'schema',
  ])
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  child.stdout.once('data', () => child.stdout.destroy())
  await once(child, 'close')
  expect(stderr).toBe('')
})

describe('nuncio validate', () => {
  test('says nothing of a good file, and all of a bad one', async () => {
    const [good, bad, json, sarif, github] = await Promise.all([
      runToEnd('validate', routes),
      runToEnd('validate', routes, broken),
      runToEnd('validate', broken, '--format', 'json'),
      runToEnd('validate', broken, '--format', 'sarif'),
      runToEnd('validate', broken, '--format', 'github'),
    ])
    expect(good).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(bad.code).toBe(1)
    expect(bad.stdout).toContain(`${broken}:4:3 error unknown-field unknown field "domain" in VirtualHost`)
    expect(bad.stdout).toContain('= did you mean "domains"?')
    expect(bad.stdout).not.toContain('\u001b[')
    const problems = JSON.parse(json.stdout) as { code: string; line: number }[]
    expect(problems.map(({ code, line }) => `${code} ${line}`)).toEqual(
      expect.arrayContaining(['unknown-field 4', 'invalid-regex 6']),
    )
    expect(JSON.parse(sarif.stdout)).toMatchObject({
      version: '2.1.0',
      runs: [{ tool: { driver: { name: 'nuncio' } } }],
    })
    expect(github.stdout).toMatch(/^::error file=.*broken\.yaml,line=4,col=3,title=unknown-field::/m)
  })

  test('asks the parts that would carry the traffic, and misses no file of theirs', async () => {
    const secured = (more: string): string => `static_resources:
  clusters:
  - name: a
    connect_timeout: 1s
    ${more}
    load_assignment: { cluster_name: a, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 80 } } } }] }] }
    transport_socket:
      name: envoy.transport_sockets.tls
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
        common_tls_context: { validation_context: { trusted_ca: { filename: /nowhere/ca.pem } } }
`
    const good = file('secured.yaml', secured(''))
    const bad = file(
      'bound.yaml',
      secured('upstream_bind_config: { source_address: { address: localhost, port_value: 0 } }'),
    )
    const [first, second] = await Promise.all([runToEnd('validate', good), runToEnd('validate', bad)])
    expect(first).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(second.code).toBe(1)
    expect(second.stdout).toContain(`${bad}:5:27 error malformed-address "localhost" is not an IP address`)
  })

  test('reads standard input', async () => {
    const child = spawn(
      process.execPath,
      ['--conditions=@nuncio/source', path.join(import.meta.dirname, '../bin.ts'), 'validate', '-'],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    )
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stdin.end('admin: { adress: {} }\n')
    const [code] = (await once(child, 'close')) as [number]
    expect(code).toBe(1)
    expect(output).toContain('stdin:1:10 error unknown-field')
  })

  test('cannot run without a file, with a flag that it lacks, or on a file that is not there', async () => {
    const outcomes = await Promise.all([
      runToEnd('validate'),
      runToEnd('validate', '--nope', routes),
      runToEnd('validate', path.join(folder, 'none.yaml')),
      runToEnd('validate', routes, '--format', 'xml'),
    ])
    expect(outcomes.map(({ code }) => code)).toEqual([2, 2, 2, 2])
    expect(outcomes[2].stderr).toContain('there is no such file')
  })
})

describe('the other tools', () => {
  test('tell how they are used', async () => {
    const names = ['validate', 'lint', 'explain', 'route-test', 'diff', 'init', 'schema', 'fmt', 'canonical']
    const helps = await Promise.all(names.map((name) => runToEnd(name, '--help')))
    for (const [i, { code, stdout }] of helps.entries()) {
      expect(code).toBe(0)
      expect(stdout).toMatch(new RegExp(`^Usage: nuncio ${names[i]!} `))
      expect(stdout).toContain('Exit code')
    }
  })

  test('tell as help of a command what its --help tells, and what is no command', async () => {
    const [help, flag, all, version, unknown] = await Promise.all([
      runToEnd('help', 'explain'),
      runToEnd('explain', '--help'),
      runToEnd('help'),
      runToEnd('-v'),
      runToEnd('help', 'explan'),
    ])
    expect([help, help.code]).toEqual([flag, 0])
    expect(all).toMatchObject({ code: 0, stdout: expect.stringContaining('Usage: nuncio -c envoy.yaml [flags]') })
    expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^nuncio \d/) })
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean explain?') })
  })

  test('know the messages that are nuncio’s own', async () => {
    const example = path.join(import.meta.dirname, '../../../../examples/server-score/envoy.yaml')
    const outcomes = await Promise.all([
      runToEnd('explain', example, 'http://a/'),
      runToEnd('diff', example, example),
      runToEnd('simulate', example, '--seconds', '1'),
      runToEnd('lint', example),
    ])
    for (const { stdout, stderr } of outcomes) expect(stdout + stderr).not.toContain('unknown-type')
    expect(outcomes[2].stdout).toContain('score over 3 hosts')
  })

  test('lint finds a shadowed route, and rules can be switched off', async () => {
    const [found, off, rules, about] = await Promise.all([
      runToEnd('lint', routes),
      runToEnd('lint', routes, '--disable', 'shadowed-route'),
      runToEnd('lint', '--rules'),
      runToEnd('lint', '--explain', 'shadowed-route'),
    ])
    expect(found.code).toBe(1)
    expect(found.stdout).toContain(
      `${routes}:8:5 warning shadowed-route route 1 of virtual host "shop" is never reached`,
    )
    expect(found.stdout).toContain('witness: GET http://shop.example/cart/old goes to route 0')
    expect(off).toMatchObject({ code: 0, stdout: '' })
    expect(rules.stdout).toContain('admin-open')
    expect(about.stdout).toContain('never reached')
  })

  test('explain tells where a request goes', async () => {
    const [hit, miss, json] = await Promise.all([
      runToEnd('explain', routes, 'https://shop.example/cart/1', '-X', 'POST', '-H', 'x-a: b'),
      runToEnd('explain', routes, 'https://shop.example/'),
      runToEnd(
        'explain',
        routes,
        'https://shop.example/cart/1',
        '--format',
        'json',
        '--random',
        '18446744073709551615',
      ),
    ])
    expect(hit.code).toBe(0)
    expect(hit.stdout).toContain(
      `→ cluster "cart" (not in this file) by route 0 (${routes}:6:5), as shop.example/v2/cart/1`,
    )
    expect(miss.code).toBe(1)
    expect(miss.stdout).toContain('nearest miss')
    expect(JSON.parse(json.stdout)).toMatchObject({
      outcome: 'forward',
      cluster: { name: 'cart' },
      request: { random: '18446744073709551615' },
    })
  })

  test('route-test warns of what nuncio has not, and tests the rest', async () => {
    const config = file(
      'beyond.yaml',
      `vhds: { config_source: { ads: {} } }
typed_per_filter_config: { other: { '@type': type.googleapis.com/acme.Filter } }
${ROUTES}  - match: { prefix: /lua }
    route: { inline_cluster_specifier_plugin: { extension: { name: lua, typed_config: { '@type': type.googleapis.com/envoy.extensions.router.cluster_specifiers.lua.v3.LuaConfig, source_code: { inline_string: x } } } } }
`,
    )
    const tests = file(
      'beyond.json',
      '{ "tests": [{ "test_name": "cart", "input": { "authority": "shop.example", "path": "/cart", "method": "GET" }, "validate": { "cluster_name": "cart" } }] }',
    )
    const { code, stdout, stderr } = await runToEnd('route-test', '-c', config, '-t', tests, '--details')
    expect([code, stdout]).toEqual([0, '✓ cart\n1 passed\nCurrent route coverage: 33.3333%\n'])
    expect(stderr).toContain(':1:1 warning unsupported virtual hosts that come by VHDS')
    expect(stderr).toContain(':2:46 warning unknown-type there is no type "acme.Filter"')
    expect(stderr).toContain('warning unsupported the cluster specifier plugin')
  })

  test('route-test runs both formats, with the flags of Envoy too', async () => {
    const envoy = file(
      'tests.json',
      `{ "tests": [ { "test_name": "cart", "input": { "authority": "shop.example", "path": "/cart", "method": "GET" }, "validate": { "cluster_name": "cart", "path_rewrite": "/v2/cart" }, }, ] }`,
    )
    const own = file(
      'shop.routes.test.yaml',
      'config: routes.yaml\ntests:\n- request: https://shop.example/cart/9\n  expect: { cluster: wrong }\n',
    )
    const [pass, under, fail, junit] = await Promise.all([
      runToEnd('route-test', '-c', routes, '-t', envoy, '-d'),
      runToEnd('route-test', '-c', routes, '-t', envoy, '-f', '90', '--coverage'),
      runToEnd('route-test', own),
      runToEnd('route-test', '-t', own, '--format', 'junit'),
    ])
    expect(pass).toMatchObject({ code: 0, stdout: '✓ cart\n1 passed\nCurrent route coverage: 50%\n' })
    expect(under.code).toBe(1)
    expect(under.stderr).toBe('Failed to meet coverage requirement: 90%\n')
    expect(under.stdout).toContain('virtual host "shop", route 1')
    expect(fail.code).toBe(1)
    expect(fail.stdout).toContain('expected: [wrong], actual: [cart], test type: cluster')
    expect(junit.stdout).toContain('<testsuites name="nuncio route-test" tests="1" failures="1">')
    const updated = await runToEnd('route-test', own, '--update')
    expect(updated.code).toBe(0)
    expect(readFileSync(own, 'utf8')).toContain('expect: { cluster: cart }')
  })

  test('diff, fmt, init and schema', async () => {
    const other = file('other.yaml', ROUTES.replace('cluster: old', 'cluster: new'))
    const [same, changed, unformatted, written, described] = await Promise.all([
      runToEnd('diff', routes, routes, '--exit-code'),
      runToEnd('diff', routes, other, '--exit-code'),
      runToEnd('fmt', '--check', file('ugly.yaml', 'admin:    {address:   {pipe: {path: /x}}}\n')),
      runToEnd('init', path.join(folder, 'first/envoy.yaml')),
      runToEnd('schema', '--describe', 'RouteAction.timeout'),
    ])
    expect(same).toMatchObject({ code: 0, stdout: 'nothing changes\n' })
    expect(changed.code).toBe(1)
    expect(changed.stdout).toContain('route.cluster: old becomes new')
    expect(unformatted).toMatchObject({ code: 1, stdout: `${path.join(folder, 'ugly.yaml')}\n` })
    expect(written.code).toBe(0)
    expect(existsSync(path.join(folder, 'first/nuncio.schema.json'))).toBe(true)
    expect(described.stdout).toContain('envoy.config.route.v3.RouteAction.timeout: duration')
    const [again, valid] = await Promise.all([
      runToEnd('init', path.join(folder, 'first/envoy.yaml')),
      runToEnd('validate', path.join(folder, 'first/envoy.yaml')),
    ])
    expect(again.code).toBe(2)
    expect(valid).toMatchObject({ code: 0, stdout: '' })
  })
})
