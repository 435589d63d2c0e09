import test from 'ava'
import { throwsCode } from './throws-code.test.kit.ts'
import { OPERATIONS_WAITING_MAX, Turns } from './turns.ts'

test('operations run one after another in their order, whatever becomes of each', async t => {
  const turns = new Turns()
  const seen: string[] = []
  const slow = turns.take(async () => {
    seen.push('slow begins')
    await new Promise(resolve => setImmediate(resolve))
    seen.push('slow ends')
  })
  const failing = turns.take(async () => {
    seen.push('failing')
    throw new Error('its own')
  })
  const last = turns.take(async () => seen.push('last'))
  await t.throwsAsync(failing, { message: 'its own' })
  await slow
  await last
  t.deepEqual(seen, ['slow begins', 'slow ends', 'failing', 'last'])
})

test('beyond the bound an operation is refused at once, and taken again when others are done', async t => {
  const turns = new Turns()
  let open = (): void => {}
  const gate = new Promise<void>(resolve => {
    open = resolve
  })
  const waiting = Array.from({ length: OPERATIONS_WAITING_MAX }, () => turns.take(() => gate))
  await throwsCode(
    t,
    'KONOR_JOURNAL_BUSY',
    turns.take(async () => {}),
  )
  open()
  await Promise.all(waiting)
  t.is(await turns.take(async () => 'taken'), 'taken')
})

test('closing waits for what was taken and refuses the rest; closing again waits for the same', async t => {
  const turns = new Turns()
  const seen: string[] = []
  const taken = turns.take(async () => seen.push('taken'))
  const closing = turns.close(async () => {
    seen.push('closed')
  })
  const again = turns.close(async () => {
    seen.push('never')
  })
  await throwsCode(
    t,
    'KONOR_JOURNAL_CLOSED',
    turns.take(async () => {}),
  )
  await Promise.all([taken, closing, again])
  t.deepEqual(seen, ['taken', 'closed'])
})
