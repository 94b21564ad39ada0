import t from 'tap'
import { firstCommands } from '../src/demo/first-machine.ts'
import { find } from '../src/verbs.ts'

// One promise: the first command with which the demo ends is one that there is; the server's tests run the others.

const [up] = firstCommands({ root: '/opt/eims', image: '/i.raw', interfaceName: 'enp3s0', sudo: true })
t.equal(up, 'sudo /opt/eims/eims up --interface enp3s0')
t.match(find(up.split(' ').slice(2))?.verb.help, '--interface IF')
