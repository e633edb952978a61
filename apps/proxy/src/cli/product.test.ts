import { definitions, honours } from '@nuncio/server'
import { expect, it } from 'vitest'
import { productApi } from './product.ts'
import { productText } from './product-text.ts'

it('has what the server honours, ready to read', async () => {
  await expect(productText(honours, definitions)).toMatchFileSnapshot('../generated/product.ts')
})

it('reads what was written', () => {
  expect(productApi().honours).toEqual(JSON.parse(JSON.stringify(honours)))
})
