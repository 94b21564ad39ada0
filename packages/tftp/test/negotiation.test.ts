import t from 'tap'
import { boundsFor, defaultBounds, negotiate } from '../src/negotiation.ts'
import type { Options } from '../src/packet.ts'

const plain = { blksize: 512, windowsize: 1, timeoutSeconds: null, accepted: [] }

await t.test('options become terms, and the OACK confirms exactly what holds', async (t) => {
  const rows: [what: string, asked: Options, terms: object][] = [
    ['none', [], {}],
    [
      'unknown ones are left out',
      [
        ['multicast', ''],
        ['constructor', '1'],
        ['utimeout', '5'],
      ],
      {},
    ],
    ['tsize is answered with the size', [['tsize', '0']], { accepted: [['tsize', '3000']] }],
    ['whatever tsize says', [['tsize', '']], { accepted: [['tsize', '3000']] }],
    ['blksize as asked', [['blksize', '1024']], { blksize: 1024, accepted: [['blksize', '1024']] }],
    ['blksize lowered', [['blksize', '8192']], { blksize: 1468, accepted: [['blksize', '1468']] }],
    ['blksize above RFC 2348', [['blksize', '99999']], { blksize: 1468, accepted: [['blksize', '1468']] }],
    ['the smallest blksize', [['blksize', '8']], { blksize: 8, accepted: [['blksize', '8']] }],
    ['blksize below RFC 2348', [['blksize', '7']], {}],
    ['timeout', [['timeout', '20']], { timeoutSeconds: 20, accepted: [['timeout', '20']] }],
    ['timeout that would keep a place for minutes', [['timeout', '21']], {}],
    ['the longest timeout of RFC 2349', [['timeout', '255']], {}],
    ['timeout of 0', [['timeout', '0']], {}],
    ['timeout of 256', [['timeout', '256']], {}],
    ['windowsize', [['windowsize', '4']], { windowsize: 4, accepted: [['windowsize', '4']] }],
    ['windowsize lowered', [['windowsize', '64']], { windowsize: 16, accepted: [['windowsize', '16']] }],
    ['windowsize of 0', [['windowsize', '0']], {}],
    [
      'several, in the order of the request, without those not granted',
      [
        ['tsize', '0'],
        ['timeout', '0'],
        ['blksize', '1468'],
        ['windowsize', '4'],
      ],
      {
        blksize: 1468,
        windowsize: 4,
        accepted: [
          ['tsize', '3000'],
          ['blksize', '1468'],
          ['windowsize', '4'],
        ],
      },
    ],
  ]
  for (const [what, asked, terms] of rows) t.same(negotiate(asked, 3000, defaultBounds), { ...plain, ...terms }, what)
})

await t.test('tsize of an empty file is left out', async (t) => {
  t.same(negotiate([['tsize', '0']], 0, defaultBounds), plain)
})

await t.test('the site may allow up to what RFC 2348 allows, and no more', async (t) => {
  t.match(negotiate([['blksize', '65464']], 1, { maxBlksize: 70000, maxWindowsize: 1 }), { blksize: 65464 })
  t.match(negotiate([['blksize', '65535']], 1, { maxBlksize: 70000, maxWindowsize: 1 }), { blksize: 65464 })
})

await t.test('a value that is no number is refused by the name of its option', async (t) => {
  for (const value of ['', 'abc', '-1', '1e3', ' 512', '99999999999']) {
    t.same(
      negotiate([['blksize', value]], 1, defaultBounds),
      { refused: { code: 'tftp-option', slots: { option: 'blksize' } } },
      value,
    )
  }
})

await t.test('blksize is lowered to what the interface carries without fragments, and not raised', async (t) => {
  const rows: [mtu: number, maxBlksize: number, lowered: number][] = [
    [1500, 1468, 1468],
    [1400, 1468, 1368],
    [9000, 1468, 1468],
    [9000, 65464, 8968],
    [0, 1468, 8],
  ]
  for (const [mtu, maxBlksize, lowered] of rows) {
    const bounds = boundsFor(mtu, { maxBlksize, maxWindowsize: 4 })
    t.same(bounds, { maxBlksize: lowered, maxWindowsize: 4 }, `MTU ${mtu}, at most ${maxBlksize}`)
    t.match(negotiate([['blksize', '65464']], 1, bounds), { blksize: lowered })
  }
})
