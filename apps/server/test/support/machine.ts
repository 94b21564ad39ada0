import { randomBytes } from 'node:crypto'
import {
  type Client,
  createClient,
  type Inventory,
  type NextReply,
  type OnboardReply,
  SiteParameters,
} from '@eims/contracts'

export interface Machine {
  serial?: string
  uuid?: string
  mac?: string
  arch?: string
  manufacturer?: string
}

/** GET /boot/script as iPXE asks it. */
export async function bootScript(base: string, machine: Machine): Promise<string> {
  const url = new URL('/boot/script', base)
  const { serial, manufacturer, ...rest } = machine
  const hex = (text: string | undefined) =>
    text &&
    Buffer.from(text)
      .toString('hex')
      .replace(/..(?=.)/g, '$&-')
  const query = {
    arch: 'x86_64',
    platform: 'efi',
    ...rest,
    serialHex: hex(serial),
    manufacturerHex: hex(manufacturer),
  }
  for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, value)
  const response = await fetch(url)
  if (response.status !== 200) throw new Refusal(response.status, `${response.status}: ${await response.text()}`)
  return response.text()
}

/** What a machine in its firmware is answered in the place of what it asks for. */
export class Refusal extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** What a machine gets by its boot script: the site's parameters, out of the cpio archive that the script names. */
export async function fetchSite(script: string): Promise<SiteParameters> {
  const url = /^initrd --name site (\S+)/m.exec(script)?.[1]
  if (!url) throw new Error(`the script leads into no Micro-OS: ${script}`)
  const response = await fetch(url)
  const archive = await response.text()
  if (response.status !== 200) throw new Refusal(response.status, archive)
  return SiteParameters.parse(JSON.parse(/\{.*\}/s.exec(archive)?.[0] ?? archive))
}

export const inventory = (more: Partial<Inventory> = {}): Inventory => ({
  architecture: 'x86_64',
  firmware: 'uefi',
  secureBoot: false,
  cpuModel: 'a cpu',
  cpuCount: 1,
  memory: 2 ** 30,
  biosVendor: null,
  biosVersion: null,
  nics: [],
  missingFirmware: [],
  disks: [disk()],
  ...more,
})

export const disk = (found: string | null = null): Inventory['disks'][number] => ({
  path: '/dev/vda',
  size: 2 ** 31,
  sectorSize: 512,
  transport: 'virtio',
  removable: false,
  readOnly: false,
  model: null,
  serial: null,
  wwn: null,
  content: { blank: found === null, found },
})

/** An agent that does nothing but say that it did. */
export interface Agent extends OnboardReply {
  call: Client
  key: string
  bootToken: string
  next(waitSeconds?: number): Promise<NextReply>
  /** asks for the next action and insists on getting one */
  action(waitSeconds?: number): Promise<Extract<NextReply, { kind: 'action' }>>
  /** reports the end of an action */
  end(of: Extract<NextReply, { kind: 'action' }>, more?: object): ReturnType<Client>
}

export const newAgentKey = () => randomBytes(32).toString('hex')

export async function onboard(
  machine: Machine,
  site: SiteParameters,
  { key = newAgentKey(), found = inventory() } = {},
): Promise<Agent> {
  const [base] = site.servers as [string]
  const { mac, arch: _, ...said } = machine
  const identity = { ...said, macs: mac ? [mac] : [] }
  const reply = await createClient({ baseUrl: base })('onboard', {
    body: { bootToken: site.bootToken, agentKey: key, identity, inventory: found, agentVersion: '0.1.0' },
  })
  const call = createClient({ baseUrl: base, token: reply.session })
  const next = (waitSeconds = 0) => call('next', { body: { waitSeconds } })
  return {
    ...reply,
    call,
    key,
    bootToken: site.bootToken,
    next,
    async action(waitSeconds) {
      const answer = await next(waitSeconds)
      if (answer.kind !== 'action') throw new Error(`no action: ${JSON.stringify(answer)}`)
      return answer
    },
    end({ runId, action, attempt }, more = {}) {
      const { frames } = action.with
      const result = typeof frames === 'number' ? { framesWritten: frames, framesKept: 0, bytesFetched: 0 } : null
      return call('report', {
        body: { runId, actionId: action.id, attempt, seq: 1, state: 'SUCCEEDED', result, ...more },
      })
    },
  }
}

/** Boots a machine from the network into its agent. */
export async function bootAgent(
  base: string,
  machine: Machine,
  more: Parameters<typeof onboard>[2] = {},
): Promise<Agent> {
  return onboard(machine, await fetchSite(await bootScript(base, machine)), more)
}

/** Goes through all that is left of the run; the names of the actions. */
export async function finishRun(agent: Agent): Promise<string[]> {
  const done: string[] = []
  for (;;) {
    const reply = await agent.next()
    if (reply.kind !== 'action') return done
    await agent.end(reply)
    done.push(reply.action.name)
  }
}

/** What our unit on the installed OS knows: its seed, as the run's plan holds it. */
export function phoneHomeOf(seed: { [key: string]: unknown }): { instanceId: string; token: string } {
  const userData = String(seed.userData)
  const token = /eims-home_[\w-]+/.exec(userData)?.[0]
  const instanceId = /instance-id: (\S+)/.exec(String(seed.metaData))?.[1]
  if (!token || !instanceId) throw new Error(`no token in the seed: ${userData}`)
  return { token, instanceId }
}

export const goodReport = (instanceId: string) => ({
  instanceId,
  bootId: 'boot-1',
  osVersion: 'Debian 12',
  kernel: '6.1.0',
  hostname: 'sn-1',
  machineId: 'm-1',
  cloudInit: { status: 'done', errors: [] as string[] },
  sshHostKeys: ['ssh-ed25519 AAAA'],
})
