// npm run check [-- --only NAME,... | --skip NAME,... | --slow]
//
// Everything that CI asks of a change, as named steps, two at a time; with --slow what it asks at night, some four minutes. The output of a step is shown when it fails; the
// table at the end says what each took. The last line counts tests and steps: "N passed, M failed".
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { countTests } from './count-tests.mjs'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
const report = path.join(root, '.cache/tests.json')
const sources = '--conditions=@nuncio/source'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    skip: { type: 'string' },
    slow: { type: 'boolean', default: false },
    'tests-exit': { type: 'string' },
  },
})

/** Each alone: they measure. */
const SLOW_WAVES = [
  [
    {
      name: 'oldest',
      about: 'the proxy and TLS on the oldest Node.js that manifests promise',
      run: 'npm exec --yes --package=node@22.19.0 -- node node_modules/vitest/vitest.mjs run packages/tls packages/http-codec/src/http1/sockets.test.ts apps/proxy/src/binary.test.ts'.split(
        ' ',
      ),
    },
  ],
  [
    {
      name: 'soak',
      about: 'churn and reloads leave nothing behind',
      run: ['node', sources, 'tooling/soak/run.ts', '--short'],
    },
  ],
  [
    {
      name: 'crowd',
      about: 'many connections leave nothing behind',
      run: ['node', sources, 'tooling/soak/connections.ts', '--short'],
    },
  ],
]

/** Steps of one wave may run together; a wave begins when the one before it is over. */
const CHANGE_WAVES = [
  [{ name: 'generate', about: 'the table of the Envoy API', run: ['node', 'tooling/generate/run.mjs'] }],
  [
    { name: 'types', about: 'tsc -b over all packages and tests', run: ['tsc', '-b'] },
    {
      name: 'lint',
      about: 'oxlint, type-aware; no suppression without a cause',
      run: ['oxlint', '--deny-warnings', '--report-unused-disable-directives'],
    },
    { name: 'dag', about: 'imports and folders against the law', run: ['node', 'tooling/dag/check.mjs'] },
    {
      name: 'sync',
      about: 'manifests and references follow the imports',
      run: ['node', 'tooling/dag/sync.mjs', '--check'],
    },
    { name: 'format', about: 'oxfmt', run: ['oxfmt', '--check'] },
    { name: 'knip', about: 'nothing unused, nothing undeclared', run: ['knip', '--no-progress', '--no-config-hints'] },
    { name: 'house', about: 'no path of this machine, no registry host', run: ['node', 'tooling/check/house.mjs'] },
  ],
  [{ name: 'tests', about: 'vitest with coverage', run: ['vitest', 'run', '--coverage'] }],
  [{ name: 'build', about: 'every package to dist', run: ['turbo', 'run', 'build', '--output-logs=errors-only'] }],
  [
    { name: 'packages', about: 'publint and attw on the packed tarballs', run: ['node', 'tooling/check/packages.mjs'] },
    { name: 'readmes', about: 'the examples of the READMEs compile', run: ['node', 'tooling/check/readmes.mjs'] },
    { name: 'browser', about: 'the pure packages load without Node', run: ['node', 'tooling/check/browser.mjs'] },
    { name: 'docs', about: 'generated pages are current', run: ['node', sources, 'tooling/docs/run.mjs', '--check'] },
  ],
]

const WAVES = values.slow ? SLOW_WAVES : CHANGE_WAVES
const names = (list) => new Set(list?.split(',').filter(Boolean))
const only = names(values.only)
const skip = names(values.skip)
const known = new Set(WAVES.flat().map((step) => step.name))
for (const name of [...only, ...skip]) {
  if (known.has(name)) continue
  console.error(`check: no step is called ${name}; there are: ${[...known].join(', ')}`)
  process.exit(2)
}
const wanted = (step) => (only.size === 0 || only.has(step.name)) && !skip.has(step.name)

function runStep(step) {
  const began = performance.now()
  const env = { ...process.env, NUNCIO_TEST_REPORT: report, NO_COLOR: '1', TURBO_TELEMETRY_DISABLED: '1' }
  delete env['FORCE_COLOR']
  return new Promise((resolve) => {
    const chunks = []
    const [command, ...args] = step.run
    const child = spawn(command, args, {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    })
    child.stdout.on('data', (chunk) => chunks.push(chunk))
    child.stderr.on('data', (chunk) => chunks.push(chunk))
    child.on('error', (error) => chunks.push(Buffer.from(`${error.message}\n`)))
    child.on('close', (code) => {
      const output = Buffer.concat(chunks).toString('utf8').trimEnd()
      resolve({ step, ok: code === 0, seconds: (performance.now() - began) / 1000, output })
    })
  })
}

const lastLine = (text) => text.trimEnd().split('\n').at(-1)?.trim() ?? ''

function show({ step, ok, seconds, output }) {
  console.log(
    `${ok ? 'ok  ' : 'FAIL'} ${step.name.padEnd(10)} ${seconds.toFixed(1).padStart(6)} s  ${ok ? lastLine(output) : ''}`,
  )
  if (!ok) console.log(`--- ${step.run.join(' ')}\n${output}\n---`)
}

/** Runs the steps of a wave, at most `width` at a time. */
async function runWave(steps, width, results) {
  const queue = steps.filter((step) => wanted(step))
  const worker = async () => {
    for (let step = queue.shift(); step; step = queue.shift()) {
      const result = await runStep(step)
      show(result)
      results.push(result)
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
}

mkdirSync(path.dirname(report), { recursive: true })
const testsAlreadyRun = values['tests-exit'] !== undefined
if (!testsAlreadyRun) rmSync(report, { force: true })
const results = []
const began = performance.now()
for (const wave of WAVES) await runWave(wave, Math.min(2, os.availableParallelism()), results)

console.log(`\n${'step'.padEnd(10)} ${'seconds'.padStart(8)}  what it proves`)
for (const { step, ok, seconds } of results) {
  console.log(`${step.name.padEnd(10)} ${seconds.toFixed(1).padStart(8)}  ${ok ? '' : 'FAILED: '}${step.about}`)
}
console.log(`${'all'.padEnd(10)} ${((performance.now() - began) / 1000).toFixed(1).padStart(8)}\n`)

const tests = existsSync(report) ? countTests(JSON.parse(readFileSync(report, 'utf8'))) : { passed: 0, failed: 0 }
const steps = results.filter((result) => result.step.name !== 'tests')
const testRun = results.find((result) => result.step.name === 'tests')
const testsOk = testsAlreadyRun ? values['tests-exit'] === '0' : (testRun?.ok ?? true)
// A test run can fail without a failed test: a file that does not load, an unhandled rejection, a set-up that broke.
const failedTests = testsOk ? tests.failed : Math.max(1, tests.failed)
const passed = tests.passed + steps.filter((result) => result.ok).length
const failed = failedTests + steps.filter((result) => !result.ok).length
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed > 0 ? 1 : 0)
