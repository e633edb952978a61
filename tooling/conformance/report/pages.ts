import type { Explanation } from '../compare/explanations.ts'
import { readExplanations } from '../compare/explanations.ts'
import { allDocuments } from '../model/all-documents.ts'
import type { Document } from '../model/document.ts'
import { type Outcomes, readOutcomes } from '../record/outcomes.ts'
import { readRecording } from '../record/recordings.ts'

/** What the pages are made of. */
export interface Findings {
  readonly documents: readonly Document[]
  readonly outcomes: Outcomes
  readonly explanations: readonly Explanation[]
  /** The version of Envoy that was recorded. */
  readonly envoy: string
}

/** The pages that follow from cases, outcomes and explanations: file and text. */
export function conformancePages(): readonly (readonly [string, string])[] {
  const documents = allDocuments()
  const versions = documents.flatMap(({ id }) => readRecording(id)?.envoy ?? [])
  const envoy = [...new Set(versions)].toSorted().join(', ')
  const findings = { documents, outcomes: readOutcomes(), explanations: readExplanations(), envoy }
  return [
    ['docs/compatibility.md', compatibilityPage(findings)],
    ['docs/differences.md', differencesPage(findings)],
  ]
}

interface Count {
  cases: number
  better: number
  unsupported: number
  bug: number
}

/** How the cases of each feature came out. */
export function compatibilityPage({ documents, outcomes, envoy }: Findings): string {
  const features = new Map<string, Count>()
  const all: Count = { cases: 0, better: 0, unsupported: 0, bug: 0 }
  for (const document of documents) {
    const own = features.get(document.feature) ?? { cases: 0, better: 0, unsupported: 0, bug: 0 }
    features.set(document.feature, own)
    for (const { name } of document.cases) {
      const outcome = outcomes[document.id]?.[name]?.outcome ?? 'same'
      for (const count of [own, all]) {
        count.cases++
        if (outcome !== 'same') count[outcome]++
      }
    }
  }
  const rows = [...features].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([feature, count]) => row(feature, count))
  return `# Compatibility with Envoy

Every case below was played by Envoy ${envoy} and by nuncio: the same configuration, the same origins, the same bytes. Compared are
the responses, what the origins received, the access log and statistics; for configurations, whether they are refused. The
[suite](../tooling/conformance/README.md) replays what Envoy did in each test run.

*Same*: nothing differs. *Better*: what differs is wanted, and [explained](differences.md). *Unsupported*: nuncio says when it loads
the configuration that it does not honour a field. *Open*: a difference that is known and not mended yet.

| Feature | Cases | Same | Better | Unsupported | Open |
| --- | ---: | ---: | ---: | ---: | ---: |
${rows.join('\n')}
${row('**All**', all)}
`
}

const shown = (count: number): string => (count === 0 ? '' : String(count))

function row(name: string, { cases, better, unsupported, bug }: Count): string {
  const same = cases - better - unsupported - bug
  return `| ${[name, cases, shown(same), shown(better), shown(unsupported), shown(bug)].join(' | ')} |`
}

/** Each explanation with the cases that it applies to. */
export function differencesPage({ documents, outcomes, explanations, envoy }: Findings): string {
  const titles = new Map(documents.map(({ id, feature }) => [id, feature]))
  const sections = explanations.map((explanation) => {
    const places = Object.entries(outcomes).flatMap(([id, cases]) =>
      Object.values(cases).some(({ explained }) => explained.includes(explanation.id)) ? [titles.get(id) ?? id] : [],
    )
    const where = [...new Set(places)].toSorted().join(', ')
    const open = explanation.outcome === 'bug' ? ' **Not mended yet.**' : ''
    return `- **${where}**: ${explanation.reason}${open}`
  })
  return `# Differences from Envoy

Where nuncio does otherwise than Envoy ${envoy}, and why. Each line was found by [playing the same cases](compatibility.md) with both.

${sections.toSorted().join('\n')}
`
}
