import {
  BootOrder,
  ChainRomIpxe,
  type ColumnMeaning,
  csvColumns,
  DhcpMode,
  KeptKind,
  PlainHttp,
  SecureBoot,
  type Site,
  UnknownPolicy,
} from '@eims/contracts'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Fragment } from 'react'
import { reading, server } from '../server/client.ts'
import { PushButton } from '../shown/button.tsx'
import { Card } from '../shown/card.tsx'
import { Choice } from '../shown/choice.tsx'
import { Field, faultIn, OnOff } from '../shown/fields.tsx'
import { useSpoken } from '../shown/language.tsx'
import { siteWords } from '../words/site.ts'
import type { ModelDraft, RuleDraft, SiteDraft } from './site-draft.ts'

interface Parts {
  draft: SiteDraft
  site: Site
  faults: Readonly<Record<string, string>>
  isFixed: boolean
  onChange: (change: Partial<SiteDraft>) => void
}

type TextKey = { [K in keyof SiteDraft]: SiteDraft[K] extends string ? K : never }[keyof SiteDraft]

/** Every setting, in the groups that a person looks for them in. */
export function SiteFields(parts: Parts) {
  const { draft, site, faults, isFixed, onChange } = parts
  const said = useSpoken(siteWords)
  const text = (
    key: TextKey & keyof typeof said,
    more: { help?: ReactNode; lines?: number; isCode?: boolean } = {},
  ) => (
    <Field
      label={said[key] as string}
      value={draft[key]}
      onChange={(value) => onChange({ [key]: value })}
      wrong={faultIn(faults, key)}
      isDisabled={isFixed}
      {...more}
    />
  )
  const choice = <K extends TextKey & keyof typeof said>(
    key: K,
    options: readonly (readonly [SiteDraft[K], string])[],
  ) => (
    <Choice
      label={said[key] as string}
      value={draft[key]}
      options={options}
      onChange={(value) => onChange({ [key]: value } as Partial<SiteDraft>)}
      isDisabled={isFixed}
    />
  )
  const onOff = (key: 'autoProvision' | 'overwriteUnregistered' | 'https', help: string) => (
    <OnOff
      label={said[key]}
      help={help}
      isSelected={draft[key]}
      isDisabled={isFixed}
      onChange={(on) => onChange({ [key]: on })}
    />
  )
  return (
    <>
      <Card title={said.groups.machines}>
        <div className="form pairs">
          {text('name')}
          {choice('unknownPolicy', [
            ['usual', said.policies.usual],
            ...UnknownPolicy.options.map((each) => [each, said.policies[each]] as const),
          ])}
          <NameChoice
            what="listProfiles"
            label={said.defaultProfile}
            value={draft.defaultProfile}
            onChange={(defaultProfile) => onChange({ defaultProfile })}
            isDisabled={isFixed}
          />
          <NameChoice
            what="listAccounts"
            label={said.defaultAccount}
            value={draft.defaultAccount}
            onChange={(defaultAccount) => onChange({ defaultAccount })}
            isDisabled={isFixed}
          />
          {onOff('autoProvision', said.autoProvisionHelp)}
          {onOff('overwriteUnregistered', said.overwriteUnregisteredHelp)}
          {text('unregisteredLimit')}
          {text('sharedIdentifiers', { lines: 3, isCode: true, help: said.sharedIdentifiersHelp })}
        </div>
      </Card>
      <Card title={said.groups.boot}>
        <div className="form">
          <div className="form pairs">
            {choice(
              'dhcpMode',
              DhcpMode.options.map((each) => [each, said.dhcpModes[each]] as const),
            )}
            {choice(
              'chainRomIpxe',
              ChainRomIpxe.options.map((each) => [each, said.chainRomIpxes[each]] as const),
            )}
            {choice(
              'bootOrder',
              BootOrder.options.map((each) => [each, said.bootOrders[each]] as const),
            )}
            {choice(
              'secureBoot',
              SecureBoot.options.map((each) => [each, said.secureBoots[each]] as const),
            )}
            {text('userClass', { isCode: true })}
            {text('scriptUrl', { isCode: true, help: said.scriptUrlHelp })}
          </div>
          <Models {...parts} />
          <BootFiles {...parts} />
        </div>
      </Card>
      <Card title={said.groups.access}>
        <div className="form pairs">
          {onOff('https', said.httpsHelp)}
          {choice(
            'plainHttp',
            PlainHttp.options.map((each) => [each, said.plainHttps[each]] as const),
          )}
          {text('adminHosts', { lines: 2, isCode: true, help: said.adminHostsHelp })}
          {site.caFingerprint === null ? null : (
            <p className="field">
              <span className="field-name">{said.ca}</span>
              <a href="/ca.crt" className="mono small fingerprint">
                {site.caFingerprint}
              </a>
            </p>
          )}
        </div>
      </Card>
      <Card title={said.groups.units}>
        <div className="form pairs">
          {text('httpProxy', { isCode: true, help: said.httpProxyHelp })}
          {text('noProxy', { isCode: true, help: said.noProxyHelp })}
          {text('ntpServers', { lines: 2, isCode: true, help: said.perLine })}
          {text('mirrors', { lines: 2, isCode: true, help: said.mirrorsHelp })}
          {text('orchestratorUrl', { isCode: true, help: said.orchestratorUrlHelp })}
          {text('orchestratorCa', { lines: 3, isCode: true, help: said.orchestratorCaHelp })}
        </div>
      </Card>
      <Card title={said.groups.lists}>
        <ImportColumns {...parts} />
      </Card>
      <Card title={said.groups.kept}>
        <Kept {...parts} />
      </Card>
    </>
  )
}

/** One of the profiles or accounts that there are, or none. */
function NameChoice({
  what,
  ...parts
}: {
  what: 'listProfiles' | 'listAccounts'
  label: string
  value: string
  onChange: (name: string) => void
  isDisabled: boolean
}) {
  const said = useSpoken(siteWords)
  const key = what === 'listProfiles' ? reading.profiles : reading.accounts
  const list = useQuery({
    queryKey: [...key, 'names'],
    queryFn: () => server(what, { query: { pageSize: 1000, orderBy: 'name' } }),
  })
  const names = [...new Set([...(list.data?.items.map(({ name }) => name) ?? []), parts.value])].filter(
    (name) => name !== '',
  )
  return <Choice {...parts} options={[['', said.none], ...names.map((name) => [name, name] as const)]} />
}

const NO_MODEL: ModelDraft = { product: '', manufacturer: '', secureBoot: 'on' }

/** What is said of models, and what was remembered of them by itself. */
function Models({ draft, faults, isFixed, onChange }: Parts) {
  const said = useSpoken(siteWords)
  const models = draft.secureBootModels
  const change = (secureBootModels: ModelDraft[]) => onChange({ secureBootModels })
  return (
    <fieldset className="list-field">
      <legend>{said.secureBootModels}</legend>
      <p className="dim small">{said.secureBootModelsHelp}</p>
      {models.map((model, index) => (
        <div key={index} className="rule">
          {(['product', 'manufacturer'] as const).map((key) => (
            <Field
              key={key}
              label={said.model[key]}
              value={model[key]}
              wrong={faults[`secureBootModels.${index}.${key}`]}
              onChange={(value) => change(models.with(index, { ...model, [key]: value }))}
              isDisabled={isFixed}
              isCode
            />
          ))}
          <Choice
            label={said.model.secureBoot}
            value={model.secureBoot}
            options={SecureBoot.options.map((each) => [each, said.secureBoots[each]] as const)}
            onChange={(secureBoot) => change(models.with(index, { ...model, secureBoot }))}
            isDisabled={isFixed}
          />
          <span className="dim small">
            {model.learned ? said.model.learned(model.learned.node, model.learned.at.slice(0, 10)) : null}
          </span>
          <PushButton isDisabled={isFixed} onPress={() => change(models.toSpliced(index, 1))}>
            {said.take}
          </PushButton>
        </div>
      ))}
      <PushButton isDisabled={isFixed} onPress={() => change([...models, NO_MODEL])}>
        {said.add}
      </PushButton>
    </fieldset>
  )
}

const NO_RULE: RuleDraft = { architecture: '', vendorClass: '', product: '', file: '' }
const RULE = ['architecture', 'vendorClass', 'product', 'file'] as const

function BootFiles({ draft, faults, isFixed, onChange }: Parts) {
  const said = useSpoken(siteWords)
  const rules = draft.bootFiles
  const change = (bootFiles: RuleDraft[]) => onChange({ bootFiles })
  return (
    <fieldset className="list-field">
      <legend>{said.bootFiles}</legend>
      <p className="dim small">{said.bootFilesHelp}</p>
      {rules.map((rule, index) => (
        <div key={index} className="rule">
          {RULE.map((key) => (
            <Field
              key={key}
              label={said.rule[key]}
              value={rule[key]}
              wrong={faults[`bootFiles.${index}.${key}`]}
              onChange={(value) => change(rules.with(index, { ...rule, [key]: value }))}
              isDisabled={isFixed}
              isCode
            />
          ))}
          <PushButton isDisabled={isFixed} onPress={() => change(rules.toSpliced(index, 1))}>
            {said.take}
          </PushButton>
        </div>
      ))}
      <PushButton isDisabled={isFixed} onPress={() => change([...rules, NO_RULE])}>
        {said.add}
      </PushButton>
    </fieldset>
  )
}

function ImportColumns({ draft, faults, isFixed, onChange }: Parts) {
  const said = useSpoken(siteWords)
  const columns = draft.importColumns
  const change = (importColumns: SiteDraft['importColumns']) => onChange({ importColumns })
  const meanings = [...csvColumns.map((each) => [each, each] as const), ['' as ColumnMeaning, said.ignored] as const]
  return (
    <fieldset className="list-field">
      <legend>{said.importColumns}</legend>
      <p className="dim small">{said.importColumnsHelp}</p>
      {columns.map((column, index) => (
        <div key={index} className="rule two-fields">
          <Field
            label={said.theirs}
            value={column.theirs}
            wrong={faults[`importColumns.${column.theirs}`]}
            onChange={(theirs) => change(columns.with(index, { ...column, theirs }))}
            isDisabled={isFixed}
          />
          <Choice
            label={said.ours}
            value={column.ours}
            options={meanings}
            onChange={(ours) => change(columns.with(index, { ...column, ours }))}
            isDisabled={isFixed}
          />
          <PushButton isDisabled={isFixed} onPress={() => change(columns.toSpliced(index, 1))}>
            {said.take}
          </PushButton>
        </div>
      ))}
      <PushButton isDisabled={isFixed} onPress={() => change([...columns, { theirs: '', ours: 'Serial' }])}>
        {said.add}
      </PushButton>
    </fieldset>
  )
}

function Kept({ draft, faults, isFixed, onChange }: Parts) {
  const said = useSpoken(siteWords)
  return (
    <div className="kept">
      {KeptKind.options.map((kind) => (
        <Fragment key={kind}>
          {(['days', 'megabytes'] as const).map((each) => (
            <Field
              key={each}
              label={`${said.kinds[kind]}: ${said[each]}`}
              value={draft.retention[kind][each]}
              wrong={faults[`retention.${kind}.${each}`]}
              onChange={(value) =>
                onChange({ retention: { ...draft.retention, [kind]: { ...draft.retention[kind], [each]: value } } })
              }
              isDisabled={isFixed}
            />
          ))}
        </Fragment>
      ))}
    </div>
  )
}
