import t from 'tap'
import { keaConfiguration, parseKeaLeases } from '../src/kea.ts'

await t.test('Kea gives addresses on its LAN and behind a relay, and nothing about booting', async (t) => {
  t.same(keaConfiguration('eth0', ['192.168.77', '192.168.99'], '/b/br0.leases.csv'), {
    Dhcp4: {
      'interfaces-config': { interfaces: ['eth0'] },
      'lease-database': { type: 'memfile', persist: true, name: '/b/br0.leases.csv', 'lfc-interval': 0 },
      'valid-lifetime': 3600,
      authoritative: true,
      subnet4: [
        { id: 1, subnet: '192.168.77.0/24', pools: [{ pool: '192.168.77.100 - 192.168.77.200' }] },
        {
          id: 2,
          subnet: '192.168.99.0/24',
          pools: [{ pool: '192.168.99.100 - 192.168.99.200' }],
          'option-data': [{ name: 'routers', data: '192.168.99.1' }],
        },
      ],
      loggers: [{ name: 'kea-dhcp4', severity: 'INFO', 'output-options': [{ output: 'stderr' }] }],
    },
  })
})

await t.test('its lease file, the newest last, without those that were given back', async (t) => {
  const text = `address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id
192.168.77.100,52:54:00:aa:00:01,01:52:54:00:aa:00:01,3600,1795000100,1,0,0,,0,,0
192.168.77.101,52:54:00:aa:00:02,,3600,1795000150,1,0,0,unit-2,0,,0
192.168.77.102,52:54:00:aa:00:02,,0,1795000160,1,0,0,,2,,0
`
  t.same(parseKeaLeases(text), [
    { expires: 1795000100, mac: '52:54:00:aa:00:01', address: '192.168.77.100' },
    { expires: 1795000150, mac: '52:54:00:aa:00:02', address: '192.168.77.101', hostname: 'unit-2' },
  ])
  t.same(parseKeaLeases(''), [])
})
