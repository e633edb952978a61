import { parseArgs } from 'node:util'
import { PEERS } from './peers/all.ts'
import { SCENARIOS, type Scenario } from './scenarios.ts'

export interface Arguments {
  readonly scenarios: readonly Scenario[]
  /** Undefined: each scenario's own. */
  readonly peers: readonly string[] | undefined
  readonly rounds: number
  readonly seconds: number
  readonly warm: number
  readonly patience: number
  readonly growth: number
  readonly load: 'own' | 'wrk' | undefined
  readonly out: string
  readonly write: boolean
  readonly strict: boolean
  readonly list: boolean
}

const USAGE = `npm run bench -- [options]

  --scenario NAME,...   which to run (all); see --list
  --peers NAME,...      who takes part (each scenario's own choice); "all" for everybody
  --rounds N            rounds of slices, three at least for a result (3)
  --seconds N           length of a slice (3)
  --warm N              seconds of load before the first slice (3)
  --patience N          seconds to wait for a quiet core before each slice (6)
  --growth N            requests of the scenario "growth" (1000000)
  --load own|wrk        what drives the load (wrk where it is installed)
  --out FOLDER          where results go (docs/benchmarks)
  --no-write            only print
  --strict              exit 1 when a target is missed
  --list                say what there is`

/** Reads the command line; throws with a message for the user. */
export function readArguments(argv: readonly string[], home: string): Arguments {
  const { values } = parseArgs({
    args: [...argv],
    allowNegative: true,
    options: {
      scenario: { type: 'string', default: 'all' },
      peers: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '3' },
      warm: { type: 'string', default: '3' },
      patience: { type: 'string', default: '6' },
      growth: { type: 'string', default: '1000000' },
      load: { type: 'string' },
      out: { type: 'string', default: home },
      write: { type: 'boolean', default: true },
      strict: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) throw new Error(USAGE)
  const { load } = values
  if (load !== undefined && load !== 'own' && load !== 'wrk') throw new Error(`--load is own or wrk, not ${load}`)
  return {
    scenarios: chooseScenarios(values.scenario),
    peers: choosePeers(values.peers),
    rounds: positive('--rounds', values.rounds),
    seconds: positive('--seconds', values.seconds),
    warm: positive('--warm', values.warm),
    patience: Number(values.patience),
    growth: positive('--growth', values.growth),
    load,
    out: values.out,
    write: values.write,
    strict: values.strict,
    list: values.list,
  }
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new Error(`${name} is a whole number above zero, not ${text}`)
}

function chooseScenarios(text: string): Scenario[] {
  if (text === 'all') return [...SCENARIOS]
  return text.split(',').map((name) => {
    const found = SCENARIOS.find((each) => each.name === name)
    if (!found)
      throw new Error(`no scenario is called ${name}; there are: ${SCENARIOS.map((each) => each.name).join(', ')}`)
    return found
  })
}

function choosePeers(text: string | undefined): string[] | undefined {
  const known = ['direct', ...PEERS.map((each) => each.name)]
  if (text === undefined) return undefined
  if (text === 'all') return known
  const names = text.split(',')
  const unknown = names.find((name) => !known.includes(name))
  if (unknown) throw new Error(`no peer is called ${unknown}; there are: ${known.join(', ')}`)
  return names
}
