import type { ConfigLevel, NodeConfig } from '@eims/contracts'
import { parse } from 'yaml'
import { Facts } from '../shown/card.tsx'
import { useSpoken } from '../shown/language.tsx'
import { Rows } from '../shown/rows.tsx'
import { configWords } from '../words/config-files.ts'
import { fragmentOf } from './config-text.ts'

/**
 * What a node is set up with, key by key, and which config-file each is of.
 * @param level whose text is on the page: what is of it is set apart
 */
export function ConfigResult({ of, level }: { of: NodeConfig; level: ConfigLevel }) {
  const spoken = useSpoken(configWords)
  const whole: unknown = of.config === null ? {} : parse(of.config, { version: '1.1' })
  const rows = of.from.map((each) => ({ ...each, id: each.key, value: inside(whole, each.key.split('.')) }))
  return (
    <div className="stack">
      {rows.length === 0 ? (
        <p className="dim">{spoken.nothing}</p>
      ) : (
        <Rows
          label={spoken.result}
          of={rows}
          columns={[
            {
              name: 'key',
              label: spoken.key,
              cell: ({ key }) => <span className="mono">{key.replace(/^operatingSystem\./, '')}</span>,
            },
            {
              name: 'value',
              label: spoken.value,
              cell: ({ value }) => <pre className="fragment">{fragmentOf(value)}</pre>,
            },
            {
              name: 'from',
              label: spoken.from,
              cell: ({ level: its, name }) => (
                <>
                  {spoken.levels[its]} <span className="dim">{name}</span>
                  {its === level ? <span className="here">{spoken.here}</span> : null}
                </>
              ),
            },
          ]}
        />
      )}
      <Facts
        of={[
          [
            spoken.cluster,
            of.cluster
              ? `K3s ${of.cluster.k3sVersion ?? spoken.asImage}, ${spoken.clusterBy[of.cluster.by]}`
              : spoken.noCluster,
          ],
          [spoken.kernel, of.kernelArguments.join(' ')],
          [spoken.addons, of.addons.join(', ')],
          [spoken.secrets, of.fromSecrets.map(({ path, name, key }) => `${path}: ${name}/${key}`).join(', ')],
        ]}
      />
      {of.warnings.length > 0 ? (
        <ul className="worth" aria-label={spoken.worth}>
          {of.warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      ) : null}
    </div>
  )
}

const inside = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((found, key) => (found as Record<string, unknown> | null | undefined)?.[key], value)
