import { Readable } from 'node:stream'
import { ProblemError, say, worded } from '@eims/contracts'
import { readDeniedFile } from '@eims/dhcp-proxy'
import { cleanName, type OpenFile } from '@eims/tftp'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Artifacts } from '../artifacts.ts'
import { isOfSignedChain, isOptional } from '../signed-chain.ts'
import { baseOf } from '../urls.ts'
import type { BootDecider } from './decider.ts'
import type { Generated } from './generated.ts'

const CHUNK = 64 * 1024
const config = { listener: 'open', counts: 'ipxe' } as const

export interface IpxeFiles {
  artifacts: Artifacts
  /** a boot file that is written for machines that reach us under this base URL; null: that name is none */
  generated: Generated
  /** whose IPv4 address this is on the LAN, or null */
  macOf: (address: string) => string | null
  decider: Pick<BootDecider, 'gate' | 'record'>
  /** an iPXE binary of ours went to this machine */
  onBinarySent: (mac: string) => void
}

/**
 * The boot files of TFTP once more, for firmware that boots by HTTP (UEFI 2.11 section 24.7), with or without a
 * machine's MAC as a folder before them. EDK2 sends HEAD first and allocates what Content-Length says; it tells a
 * program by `application/efi` or by the name's end (NetworkPkg/HttpBootDxe/HttpBootSupport.c).
 */
export function ipxeFiles(app: FastifyInstance, parts: IpxeFiles): void {
  app.route({
    method: ['GET', 'HEAD'],
    url: '/boot/ipxe/*',
    config,
    schema: { hide: true },
    handler: async (request, reply) => {
      const wanted = cleanName((request.params as { '*': string })['*'])
      if ('refused' in wanted) throw new ProblemError('not-found', say(wanted.refused))
      const mac = wanted.mac ?? parts.macOf(request.ip)
      const closed = parts.decider.gate(mac, request.ip)
      // A machine that is to boot its disk and came here all the same learns that from its script.
      const denied = closed?.kind === 'refused' ? closed.reason : readDeniedFile(wanted.name)
      if (denied) throw new ProblemError('netboot-refused', denied)
      if (mac && request.method === 'GET' && !isOptional(wanted.name))
        parts.decider.record(worded({ kind: 'boot.file', mac, data: { name: wanted.name } }))
      const generated = parts.generated(wanted.name, baseOf(request))
      if (generated !== null) return whole(request, reply.type('text/plain; charset=utf-8'), Buffer.from(generated))
      const file = await parts.artifacts.bootFile(wanted.name)
      if (!file) throw new ProblemError('not-found', `there is no boot file ${wanted.name}`)
      reply.type(wanted.name.endsWith('.efi') ? 'application/efi' : 'application/octet-stream')
      reply.header('content-length', file.size)
      if (request.method === 'HEAD') {
        await file.close?.()
        return reply.send()
      }
      if (mac && !isOfSignedChain(wanted.name)) parts.onBinarySent(mac)
      return reply.send(streamOf(file))
    },
  })
}

function whole(request: FastifyRequest, reply: FastifyReply, bytes: Buffer): FastifyReply {
  reply.header('content-length', bytes.length).header('cache-control', 'no-store')
  return request.method === 'HEAD' ? reply.send() : reply.send(bytes)
}

/**
 * A boot file as a stream, which closes the file however it ends. No generator: one that never made its first step runs
 * no `finally`, and a client may be gone by then.
 */
export function streamOf(file: OpenFile): Readable {
  let at = 0
  return new Readable({
    highWaterMark: CHUNK,
    async read() {
      try {
        if (at === file.size) return void this.push(null)
        const chunk = await file.read(at, Math.min(CHUNK, file.size - at))
        if (chunk.length === 0) throw new Error(`it ends after ${at} of ${file.size} bytes`)
        at += chunk.length
        this.push(chunk)
      } catch (error) {
        this.destroy(error as Error)
      }
    },
    destroy(error, done) {
      Promise.resolve(file.close?.()).then(() => done(error), done)
    },
  })
}
