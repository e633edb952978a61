import { HeadParser } from './head-parser.ts'

const KEPT = 64
const pool: HeadParser[] = []

/** A parser for one head. Connections hold one only while a head is being read. */
export function takeParser(): HeadParser {
  return pool.pop() ?? new HeadParser()
}

export function giveParser(parser: HeadParser): void {
  if (pool.length < KEPT) pool.push(parser)
  else parser.drop()
}
