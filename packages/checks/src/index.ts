export * from './explain/index.ts'
export { requestText } from './request/request-text.ts'
export { parseUrl, prepareRequest, type PreparedRequest, type ToolRequest } from './request/tool-request.ts'
export * from './view/index.ts'
