import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parse } from 'yaml'
import type { Difference } from './differences.ts'

/** A difference that is known, with its reason. */
export interface Explanation {
  readonly id: string
  /** `better`: we differ on purpose. `bug`: we do not, and it is not mended yet. */
  readonly outcome: 'better' | 'bug'
  /** One line that a user of Envoy would accept. */
  readonly reason: string
  /** Regular expression over the places of differences. */
  readonly at: string
  /** Regular expression over `document: case`; everywhere when left out. */
  readonly cases?: string
  /** Regular expressions over the values, as JSON. */
  readonly envoy?: string
  readonly nuncio?: string
  /** Regular expression over the details (of the response or the connection) that Envoy logged, the first that there are; anything when left out. */
  readonly details?: string
  /** The same over what nuncio logged; one of its lines has to have them. */
  readonly nuncio_details?: string
}

/** What is asked of an explanation beside the difference. */
export interface Asked {
  /** `document: case` */
  readonly where: string
  readonly details: string
  readonly nuncioDetails: readonly string[]
}

const FILE = path.resolve(import.meta.dirname, '../differences.yaml')

export function readExplanations(): readonly Explanation[] {
  const list = (parse(readFileSync(FILE, 'utf8')) ?? []) as Explanation[]
  for (const { id, outcome, reason, at } of list) {
    if (!id || !reason || !at || (outcome !== 'better' && outcome !== 'bug'))
      throw new Error(`differences.yaml: ${id ?? '?'} needs id, outcome (better or bug), reason and at`)
  }
  return list
}

/** The explanation that a difference has. */
export function explanationOf(
  difference: Difference,
  { where, details, nuncioDetails }: Asked,
  explanations: readonly Explanation[],
): Explanation | undefined {
  return explanations.find(
    ({ at, cases, envoy, nuncio, details: only, nuncio_details: own }) =>
      new RegExp(`^(?:${at})$`).test(difference.at) &&
      (cases === undefined || new RegExp(cases).test(where)) &&
      (only === undefined || new RegExp(`^(?:${only})$`).test(details)) &&
      (own === undefined || nuncioDetails.some((each) => new RegExp(`^(?:${own})$`).test(each))) &&
      (envoy === undefined || new RegExp(envoy).test(JSON.stringify(difference.envoy) ?? 'undefined')) &&
      (nuncio === undefined || new RegExp(nuncio).test(JSON.stringify(difference.nuncio) ?? 'undefined')),
  )
}
