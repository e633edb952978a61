import { refusal } from '../plan/refusal.ts'
import { checkIncident } from './check-incident.ts'
import { type Incident, type IncidentKind } from './incident.ts'

const SPAN = /^(\d+(?:\.\d+)?)s?(?:(-)(?:(\d+(?:\.\d+)?)s?)?)?$/

/**
 * Reads an incident: `KIND TARGET FROM[-TO] [AMOUNT]`, such as `slow 10.0.0.2:80 10s-20s x10`,
 * `delay zone:b 5s 200ms`, `fail * 10s-12s 500 30%`, `down 10.0.0.1:80 3s-9s`. Throws `ERR_NUNCIO_SIMULATION`.
 */
export function parseIncident(text: string): Incident {
  const [kind = '', target = '', span = '', ...amounts] = text.trim().split(/\s+/)
  const times = SPAN.exec(span)
  if (times === null)
    throw refusal(
      `${JSON.stringify(text)} is no incident`,
      "write 'KIND TARGET FROM-TO AMOUNT', such as 'slow 10.0.0.2:80 10s-20s x10'",
    )
  const incident: Incident = {
    kind: kind as IncidentKind,
    target,
    fromS: Number(times[1]),
    toS: times[3] === undefined ? undefined : Number(times[3]),
    ...amountsOf(text, kind, amounts),
  }
  checkIncident(incident)
  return incident
}

/** The form that each kind's amount has. */
const FORMS: Readonly<Record<string, RegExp>> = {
  slow: /^x(\d+(?:\.\d+)?)$/,
  surge: /^x(\d+(?:\.\d+)?)$/,
  delay: /^(\d+(?:\.\d+)?)ms$/,
}

function amountsOf(text: string, kind: string, words: readonly string[]): Pick<Incident, 'amount' | 'status'> {
  const wrong = (word: string): never => {
    throw refusal(`${JSON.stringify(text)}: ${JSON.stringify(word)} is not what ${kind} is told`, HINTS[kind])
  }
  if (kind === 'fail') {
    let amount: number | undefined
    let status: number | undefined
    for (const word of words) {
      const share = /^(\d+(?:\.\d+)?)%$/.exec(word)
      if (share !== null) amount = Number(share[1]) / 100
      else if (/^\d{3}$/.test(word)) status = Number(word)
      else wrong(word)
    }
    return { amount, status }
  }
  const [word, ...more] = words
  if (word === undefined) return {}
  const match = FORMS[kind]?.exec(word)
  if (match == null || more.length > 0) return wrong(more[0] ?? word)
  return { amount: Number(match[1]) }
}

const HINTS: Readonly<Record<string, string>> = {
  slow: 'a factor such as x10',
  surge: 'a factor such as x3',
  delay: 'milliseconds such as 200ms',
  fail: 'a status and a share, such as 500 30%',
}
