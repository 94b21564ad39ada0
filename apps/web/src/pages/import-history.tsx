import { Link } from 'wouter'
import { addresses } from '../addresses.ts'
import { reading } from '../server/client.ts'
import { useList } from '../server/list.ts'
import { useSpoken } from '../shown/language.tsx'
import { Notice, Read } from '../shown/states.tsx'
import { importWords } from '../words/import.ts'
import { ImportRows } from './import-rows.tsx'
import '../style/import.css'

/** Every import that ran, the newest first; each is undone on its own page. */
export function ImportHistoryPage() {
  const words = useSpoken(importWords)
  const list = useList('listImports', reading.imports)
  return (
    <div className="page">
      <header className="toolbar">
        <h1>{words.allImports}</h1>
        <Link href={addresses.import}>{words.another}</Link>
      </header>
      <Read of={list.read}>
        {(imports) =>
          imports.length === 0 ? (
            <Notice title={words.noHistory} help={words.noHistoryHelp} />
          ) : (
            <ImportRows label={words.allImports} of={imports} more={list.more} />
          )
        }
      </Read>
    </div>
  )
}
