// node --conditions=@nuncio/source --expose-gc packages/access-log/src/format/format.bench.ts
import { bench, do_not_optimize, run, summary } from 'mitata'
import { compileJsonFormat } from '../json/json-format.ts'
import { testContext } from '../testing/context.ts'
import { DEFAULT_FORMAT } from './default-format.ts'
import { compileFormat, type Formatter } from './format.ts'

const context = testContext(
  [
    ['user-agent', 'curl/8.5.0'],
    ['accept', '*/*'],
    ['x-request-id', '5b866ed4-1a12-4bc9-896d-de8dfed6a9cb'],
    ['x-forwarded-for', '10.20.30.40'],
  ],
  [
    ['content-type', 'text/plain'],
    ['x-envoy-upstream-service-time', '3'],
  ],
)

const TWELVE = {
  time: '%START_TIME%',
  method: '%REQ(:METHOD)%',
  path: '%REQ(:PATH)%',
  protocol: '%PROTOCOL%',
  authority: '%REQ(:AUTHORITY)%',
  agent: '%REQ(USER-AGENT)%',
  status: '%RESPONSE_CODE%',
  flags: '%RESPONSE_FLAGS%',
  sent: '%BYTES_SENT%',
  ms: '%DURATION%',
  host: '%UPSTREAM_HOST%',
  id: '%STREAM_ID%',
}

function must(compiled: { ok: true; formatter: Formatter } | { ok: false }): Formatter {
  if (!compiled.ok) throw new Error('the format is bad')
  return compiled.formatter
}

const json = must(compileJsonFormat(TWELVE))
const jsonOmitting = must(compileJsonFormat(TWELVE, { omitEmpty: true }))
const text = must(compileFormat(DEFAULT_FORMAT))
const header = must(compileFormat('%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%', { controls: 'header', omitEmpty: true }))
const buffer = Buffer.allocUnsafe(65_536)

summary(() => {
  // Writing flattens the concatenated line, which is part of its price.
  bench('JSON, 12 operators, written', () => do_not_optimize(buffer.write(json.format(context), 0, 'latin1')))
  bench('JSON, 12 operators, written, omitting', () =>
    do_not_optimize(buffer.write(jsonOmitting.format(context), 0, 'latin1')))
  bench('default text line, written', () => do_not_optimize(buffer.write(text.format(context), 0, 'latin1')))
  bench('one header value', () => do_not_optimize(header.format(context)))
})

await run()
