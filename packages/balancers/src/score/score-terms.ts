import { reportAt } from '@nuncio/cluster'
import type { LoadBalancerSetup } from '../contracts.ts'
import type { ScoreConfig, ScoreTermConfig } from './messages.ts'
import { Scaling } from './normalize.ts'
import type { PickClock, ScoreListTerm, ScoreTerm, ScoreTermContext, ScoreTermDefinition } from './term.ts'
import { builtinScoreTerms } from './terms/index.ts'

/** One configured term, with what all lists share of it. */
export interface WeighedTerm {
  readonly name: string
  /** May be changed while it runs. */
  weight: number
  readonly scaling: Scaling
  /** Of a term about hosts. */
  readonly hosts: ScoreTerm | undefined
  /** Of a term about lists: makes one for a list. */
  readonly createForList: (() => ScoreListTerm) | undefined
}

/** Makes the terms of a score; one that is not known, or named twice, is reported and left out. */
export function createTerms(
  config: ScoreConfig,
  setup: LoadBalancerSetup,
  seed: number,
  clock: PickClock,
): WeighedTerm[] {
  const definitions = [...(setup.scoreTerms ?? []), ...builtinScoreTerms]
  const context: ScoreTermContext = {
    seed,
    clock,
    time: setup.time,
    random: setup.random,
    runtime: setup.runtime,
    ownLocality: setup.ownLocality,
  }
  const made: WeighedTerm[] = []
  for (const [i, term] of (config.terms ?? []).entries()) {
    const wrong = (field: string, code: string, message: string, hint = ''): void =>
      reportAt(setup, term, `terms[${i}].${field}`, { code, message, hint })
    const definition = definitions.find((candidate) => candidate.name === term.name)
    if (definition === undefined) {
      const known = definitions.map((candidate) => candidate.name).toSorted()
      wrong('name', 'unknown-value', `no score term is called '${term.name ?? ''}'`, `known are ${known.join(', ')}`)
    } else if (definition.create === undefined && definition.createForList === undefined)
      wrong(
        'name',
        'bad-value',
        `the term '${definition.name}' has neither create nor createForList: it measures nothing`,
      )
    else if (made.some((other) => other.name === term.name))
      wrong('name', 'duplicate-name', `the term '${definition.name}' stands twice`)
    else if (!Number.isFinite(term.weight ?? 1)) wrong('weight', 'bad-value', 'a weight is a finite number')
    else made.push(createTerm(definition, term, context))
  }
  if (made.length === 0) {
    reportAt(setup, config, 'terms', { code: 'missing-field', message: 'a score needs at least one term' })
  }
  return made
}

function createTerm(definition: ScoreTermDefinition, config: ScoreTermConfig, context: ScoreTermContext): WeighedTerm {
  const perList = definition.createForList !== undefined
  return {
    name: definition.name,
    weight: config.weight ?? 1,
    scaling: new Scaling(config),
    hosts: perList ? undefined : definition.create?.(config, context),
    createForList: perList ? () => definition.createForList!(config, context) : undefined,
  }
}
