import type { RequestExplanation } from '@nuncio/checks'
import { showLine } from '../state/store.ts'

type Step = RequestExplanation['before'][number]
type Trial = NonNullable<RequestExplanation['routing']>['routes'][number]

const SHOWN_TRIALS = 40

/** The explanation, line by line: every step leads to where it is written. */
export function Story({ explanation }: { readonly explanation: RequestExplanation }) {
  const { before, filters, routing, after, filterAnswer } = explanation
  return (
    <div class="story">
      <Steps title="On the way" steps={before} />
      {routing !== undefined && (
        <>
          <Steps title="Virtual host" steps={routing.hostSteps} />
          <Trials trials={routing.routes} />
          {routing.matched === undefined && routing.nearestMiss !== undefined && (
            <Steps title="Nearest miss" steps={[missOf(routing.nearestMiss)]} />
          )}
          <Steps title="Filters" steps={filters} />
          {filterAnswer === undefined && <Steps title="Outcome" steps={routing.outcome} />}
        </>
      )}
      {filterAnswer === undefined && <Steps title="By the connection manager" steps={after} />}
    </div>
  )
}

function Steps({ title, steps }: { readonly title: string; readonly steps: readonly Step[] }) {
  if (steps.length === 0) return null
  return (
    <section class="story-part">
      <h2>{title}</h2>
      <ol>
        {steps.map(({ text, position }, i) => (
          <Line key={`${i} ${text}`} text={text} line={position?.line} mark="" />
        ))}
      </ol>
    </section>
  )
}

function Trials({ trials }: { readonly trials: readonly Trial[] }) {
  if (trials.length === 0) return null
  const hidden = Math.max(0, trials.length - SHOWN_TRIALS)
  const first = hidden === 0 ? trials.length : SHOWN_TRIALS / 2
  const shown = (list: readonly Trial[]) =>
    list.map((trial) => {
      const failed = trial.matched ? trial.predicates : trial.predicates.filter(({ ok }) => !ok)
      const name = `route ${trial.index}${trial.name === '' ? '' : ` “${trial.name}”`}`
      const line = ((trial.matched ? undefined : failed[0]?.position) ?? trial.position)?.line
      return (
        <Line
          key={trial.index}
          mark={trial.matched ? 'yes' : 'no'}
          text={`${name}: ${failed.map(({ text }) => text).join(', ')}`}
          line={line}
        />
      )
    })
  return (
    <section class="story-part">
      <h2>Routes</h2>
      <ol>
        {shown(trials.slice(0, first))}
        {hidden > 0 && <li class="story-more">{hidden} more that do not match</li>}
        {shown(trials.slice(first + hidden))}
      </ol>
    </section>
  )
}

function Line({
  text,
  line,
  mark,
}: {
  readonly text: string
  readonly line: number | undefined
  readonly mark: '' | 'yes' | 'no'
}) {
  return (
    <li class="story-line" data-mark={mark}>
      {mark !== '' && <span class="story-mark">{mark === 'yes' ? '✓' : '✗'}</span>}
      {mark !== '' && <span class="hidden">{mark === 'yes' ? 'matches: ' : 'does not match: '}</span>}
      <span class="story-text">{text}</span>
      {line !== undefined && line > 0 && (
        <button type="button" class="line-link" aria-label={`Show line ${line}`} onClick={() => showLine(line)}>
          {line}
        </button>
      )}
    </li>
  )
}

function missOf(trial: Trial): Step {
  const failed = trial.predicates.find(({ ok }) => !ok)
  return {
    text: `route ${trial.index} lacks ${failed?.text ?? 'nothing'}`,
    position: failed?.position ?? trial.position,
  }
}
