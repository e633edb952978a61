import { afterAll, describe, expect, test } from 'vitest'
import { readExplanations } from './compare/explanations.ts'
import { judgeDocument } from './compare/judge-document.ts'
import { allDocuments } from './model/all-documents.ts'
import { nuncioPlays } from './play/nuncio-plays.ts'
import { readOutcomes } from './record/outcomes.ts'
import { currentRecording } from './record/recordings.ts'

const explanations = readExplanations()
const outcomes = readOutcomes()
const used = new Set<string>()

/** All documents at once, on a machine that may be busy with other tests. */
const PATIENCE = { timeout: 120_000 }

describe.concurrent('nuncio does what was recorded of Envoy', PATIENCE, () => {
  test.each(allDocuments().map((document) => [document.id, document] as const))('%s', async (id, document) => {
    const { cases } = currentRecording(document)
    const verdicts = judgeDocument(document, cases, await nuncioPlays(document, cases), explanations)
    verdicts.flatMap(({ explained }) => explained).forEach((each) => used.add(each))
    expect(verdicts.filter(({ open }) => open.length > 0)).toEqual([])
    const unsupported = verdicts.filter(({ outcome }) => outcome === 'unsupported').map(({ name }) => name)
    expect(unsupported.filter((name) => outcomes[id]?.[name]?.outcome !== 'unsupported')).toEqual([])
  })
})

describe('explanations', () => {
  test('each names one id', () => {
    expect(new Set(explanations.map(({ id }) => id)).size).toBe(explanations.length)
  })
})

afterAll(() => {
  const unused = explanations.filter(({ id }) => !used.has(id)).map(({ id }) => id)
  if (unused.length > 0) throw new Error(`differences.yaml explains what does not differ: ${unused.join(', ')}`)
})
