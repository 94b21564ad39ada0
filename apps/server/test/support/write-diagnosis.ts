import { readFileSync, writeFileSync } from 'node:fs'
import { DIAGNOSIS_DOCUMENT, withRows } from './diagnosis-document.ts'

/** Brings docs/diagnosis.md in step: node apps/server/test/support/write-diagnosis.ts */
writeFileSync(DIAGNOSIS_DOCUMENT, withRows(readFileSync(DIAGNOSIS_DOCUMENT, 'utf8')))
