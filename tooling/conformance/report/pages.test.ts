import { expect, test } from 'vitest'
import { readDocument } from '../model/read-document.ts'
import { compatibilityPage, differencesPage, type Findings } from './pages.ts'

const findings: Findings = {
  documents: [readDocument('one/a', 'feature: Paths\ncases: [GET /1, GET /2, GET /3, GET /4]')],
  outcomes: {
    'one/a': {
      'GET /2': { outcome: 'better', explained: ['why'] },
      'GET /3': { outcome: 'unsupported', explained: [] },
    },
  },
  explanations: [{ id: 'why', outcome: 'better', reason: 'It is shorter.', at: '.*' }],
  envoy: '1.2.3',
}

test('the page of compatibility counts the cases of each feature', () => {
  expect(compatibilityPage(findings)).toContain('| Paths | 4 | 2 | 1 | 1 |  |\n| **All** | 4 | 2 | 1 | 1 |  |\n')
})

test('the page of differences says where each explanation applies', () => {
  expect(differencesPage(findings)).toContain('- **Paths**: It is shorter.')
})
