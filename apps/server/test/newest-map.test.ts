import t from 'tap'
import { NewestMap } from '../src/newest-map.ts'

// One promise: of what anybody may name as often as they like, the newest are remembered.

const map = new NewestMap<string, number>(2)
map.set('a', 1).set('b', 2).set('a', 3)
t.strictSame([...map.keys(), ...map.values()], ['b', 'a', 2, 3], 'what is set again is the newest')
map.set('c', 4)
t.strictSame([...map.keys()], ['a', 'c'])
