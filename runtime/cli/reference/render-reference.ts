import { ERROR_CODES, errorPage } from '../../api/error-page.ts'
import { generateOpenApi } from '../../api/generate-openapi.ts'
import { errorPageName } from '../../api/problem.ts'
import { createProgram } from '../program.ts'
import { programVersion } from '../program-version.ts'
import { renderCliReference } from './render-cli-reference.ts'
import { renderConfigReference } from './render-config-reference.ts'
import { renderErrorIndex } from './render-error-index.ts'
import { renderMetricsReference } from './render-metrics-reference.ts'

/** Every generated file below `docs/reference`, by its path there. */
export async function renderReference(): Promise<ReadonlyMap<string, string>> {
  const pages = ERROR_CODES.map(code => [`errors/${errorPageName(code)}.md`, errorPage(code)] as const)
  return new Map([
    ['cli.md', renderCliReference(createProgram())],
    ['config.md', renderConfigReference()],
    ['errors/README.md', renderErrorIndex()],
    ['metrics.md', renderMetricsReference()],
    ['openapi.json', await generateOpenApi(programVersion())],
    ...pages,
  ])
}

/** `docs/reference/` of the project that this file was built in. */
export const REFERENCE_FOLDER = new URL('../../../../docs/reference/', import.meta.url)
