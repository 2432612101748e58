import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { probeJsonSchema } from '../helpers/cli/probe-line.ts'
import { schemaFiles } from '../helpers/evidence/schemas.ts'
import { scanJsonSchema } from '../helpers/scan/line-schema.ts'

// Writes the JSON Schemas of a bundle's documents and of what commands print; tests hold them against the code.
const folder = join(import.meta.dirname, '..', 'schemas')
mkdirSync(folder, { recursive: true })
for (const [name, text] of schemaFiles()) writeFileSync(join(folder, name), text)
writeFileSync(join(folder, 'probe.schema.json'), probeJsonSchema())
writeFileSync(join(folder, 'scan.schema.json'), scanJsonSchema())
