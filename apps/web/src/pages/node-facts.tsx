import { bytes, type Disk, type Inventory, type NodeDetail } from '@eims/contracts'
import type { ReactNode } from 'react'
import { Card, Facts } from '../shown/card.tsx'
import { useWords } from '../shown/language.tsx'
import { Ago, Clock } from '../shown/time.tsx'
import { useSecureBootRows } from './secure-boot.tsx'

/** Who it is, and why we think so. */
export function Identity({ node }: { node: NodeDetail }) {
  const words = useWords()
  const said = (value: string | null): ReactNode =>
    value === null ? null : (
      <>
        <span className="mono">{value}</span>
        {node.provisional.includes(value) ? <span className="note">{words.provisional}</span> : null}
      </>
    )
  return (
    <Card
      title={words.identity}
      side={<span className="dim small">{node.registered ? words.registeredYes : words.registeredNo}</span>}
    >
      <Facts
        of={[
          [words.columns.serial, said(node.serial)],
          [words.uuid, said(node.uuid)],
          [
            words.columns.mac,
            node.macs.length === 0 ? null : (
              <span className="lines">
                {node.macs.map((mac) => (
                  <span key={mac}>{said(mac)}</span>
                ))}
              </span>
            ),
          ],
          [words.claimed, node.claimedMac],
          [words.manufacturer, node.manufacturer],
          [words.columns.product, node.product],
          [words.columns.batch, node.batch],
          [words.signedChain, node.secureBoot && words.signedChains[node.secureBoot]],
          ...Object.entries(node.metadata),
          [words.lastSeen, <Ago key="seen" at={node.lastSeenAt} />],
          [words.created, <Clock key="created" at={node.createdAt} />],
        ]}
      />
    </Card>
  )
}

/** What is whole on its disk, and what it is to get. */
export function Software({ node }: { node: NodeDetail }) {
  const words = useWords()
  const { installed, instance } = node
  return (
    <Card title={words.software}>
      <Facts
        of={[
          [words.osVersion, instance?.osVersion],
          [
            words.installed,
            installed === null ? (
              <span className="dim">{words.nothingInstalled}</span>
            ) : (
              <>
                {installed.profile}
                {installed.version === '' ? '' : ` ${installed.version}`}
                <span className="note">{installed.image}</span>
              </>
            ),
          ],
          [
            words.fromMedium,
            node.medium && (
              <>
                <span className="mono">{node.medium.medium.slice(0, 12)}</span>
                <span className="note">{node.medium.state}</span>
              </>
            ),
          ],
          [words.wanted, node.profile ?? instance?.profile ?? <span className="dim">{words.noProfile}</span>],
        ]}
      />
    </Card>
  )
}

/** What its agent found in it. */
export function Hardware({ inventory }: { inventory: Inventory | null }) {
  const words = useWords()
  if (inventory === null)
    return (
      <Card title={words.inventory}>
        <p className="dim">{words.noInventory}</p>
      </Card>
    )
  return <Found inventory={inventory} />
}

function Found({ inventory }: { inventory: Inventory }) {
  const words = useWords()
  const secureBoot = useSecureBootRows(inventory)
  const { cpuModel, cpuCount, memory, firmware, disks, nics } = inventory
  return (
    <Card title={words.inventory}>
      <Facts
        of={[
          [
            words.processor,
            <>
              {cpuModel ?? inventory.architecture}
              <span className="note">{words.cores(cpuCount)}</span>
            </>,
          ],
          [words.memory, `${Math.round(memory / 2 ** 27) / 8} GiB`],
          [words.firmware, firmware.toUpperCase()],
          ...secureBoot,
          ...disks.map((disk) => [disk.path, <DiskFacts key={disk.path} disk={disk} />] as const),
          ...nics.map(
            ({ name, mac, link, speed, boot }) =>
              [
                name,
                <>
                  <span className="mono">{mac}</span>
                  <span className="note">
                    {link ? (speed === null ? words.link : `${speed} Mb/s`) : words.noLink}
                    {boot ? `, ${words.bootsHere}` : ''}
                  </span>
                </>,
              ] as const,
          ),
        ]}
      />
    </Card>
  )
}

const DiskFacts = ({ disk: { size, transport, model, serial } }: { disk: Disk }) => (
  <>
    {bytes(size)} {transport}
    <span className="note">{[model, serial].filter(Boolean).join(', ')}</span>
  </>
)
