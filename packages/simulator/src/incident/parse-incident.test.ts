import { expect, test } from 'vitest'
import { incidentText } from './incident.ts'
import { parseIncident } from './parse-incident.ts'

test.each([
  ['slow 10.0.0.2:80 10s-20s x10', { kind: 'slow', target: '10.0.0.2:80', fromS: 10, toS: 20, amount: 10 }],
  ['delay zone:b 5s 200ms', { kind: 'delay', target: 'zone:b', fromS: 5, amount: 200 }],
  ['fail * 10s-12.5s 500 30%', { kind: 'fail', target: '*', fromS: 10, toS: 12.5, status: 500, amount: 0.3 }],
  ['down priority:1 0s', { kind: 'down', target: 'priority:1', fromS: 0 }],
  ['leave [::1]:80 1-', { kind: 'leave', target: '[::1]:80', fromS: 1 }],
  ['surge * 3s-4s x1.5', { kind: 'surge', target: '*', fromS: 3, toS: 4, amount: 1.5 }],
])('%s', (text, incident) => {
  const read = parseIncident(text)
  expect(Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined))).toEqual(incident)
  expect(parseIncident(incidentText(read))).toEqual({ ...read })
})

test.each([
  ['', '"" is no incident'],
  ['down', '"down" is no incident'],
  ['explode * 1s', '"explode" is no incident'],
  ['constructor * 1s', '"constructor" is no incident'],
  ['down * soon', '"down * soon" is no incident'],
  ['down * 5s-5s', 'the incident down * must end after it begins, not at 5 s'],
  ['slow * 1s 10', '"slow * 1s 10": "10" is not what slow is told'],
  ['down * 1s x2', '"down * 1s x2": "x2" is not what down is told'],
  ['fail * 1s 120%', 'the incident fail *: a share is at most 100%'],
  ['fail * 1s 700', 'the incident fail *: 700 is no status of a response'],
  ['surge * 1s x0', 'the incident surge *: requests cannot come 0 times as fast'],
])('refuses %j', (text, message) => {
  expect(() => parseIncident(text)).toThrow(message)
})
